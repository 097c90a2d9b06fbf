//! The call table and the raw calls. What they do is in a macro of the generated file itself; here is the
//! data that it takes.

use super::signature::{self, ErrorType};
use crate::emit::OutputFile;
use crate::emit::rust::{Printer, file_start, function};

pub(super) fn file(printer: &Printer<'_>, error: &ErrorType) -> OutputFile {
    let model = printer.model;
    let mut out = file_start(
        model,
        "The table of functions that a program reaches its host through, and the calls as they are.",
    );
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::*;");
    out.blank();
    out.line(include_str!("table.rs.in").trim_end());
    out.blank();
    out.block("calls! {", "}", |out| {
        out.line(format_args!("{:?}; {};", format!("{}_sys_", model.name), error.ty));
        for call in &model.calls {
            let name = function(&call.name);
            out.blank();
            printer.doc_text(out, &call.doc.summary());
            let parameters: Vec<String> = signature::parameters(printer, call)
                .into_iter()
                .map(|(name, ty)| format!("{name}: {ty}"))
                .collect();
            let end = match call.noreturn {
                true => " -> ! { support::stop() }".to_string(),
                false => format!(" -> {} {{ {} }}", error.ty, error.missing),
            };
            let start = format!("{name}, b{:?} =", call.name);
            signature::list(out, 4, &start, &parameters, &end);
        }
    });
    OutputFile::new("table.rs", out.finish())
}
