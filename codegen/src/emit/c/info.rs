//! The header that describes the calls in macros, for code that is written once for all of them.

use super::file::{Header, WIDTH, c_file};
use super::spelling::{Spelling, View, identifier};
use super::syscalls::parameters;
use crate::emit::OutputFile;
use crate::emit::text::{Text, upper};
use crate::emit_line;
use crate::model::{Call, Model};

/// `NAME_syscalls_info.h`.
pub fn header(model: &Model) -> OutputFile {
    let prefix = format!("{}_SYSCALL", upper(&model.name));
    let purpose = format!(
        "{title} version {version}: the system calls as macros, for code that is written once for all of \
         them. Where x is the name of a call:\n\n\
         - {prefix}_NAMES(SYSCALL): SYSCALL(x) for each call, in the order of their numbers\n\
         - {prefix}_NUMBER_x: its number; numbers may have gaps\n\
         - {prefix}_PARAMETERS_x: its parameters, declared; outputs are pointers behind the inputs\n\
         - {prefix}_PARAMETER_NAMES_x: the names of its parameters\n\
         - {prefix}_HAS_PARAMETERS_x(yes, no): `yes` if it has any, else `no`\n\
         - {prefix}_RETURNS_x(yes, no): `yes` if it returns to its caller, else `no`",
        title = model.title,
        version = model.version
    );
    let header = Header {
        path: &format!("{}_syscalls_info.h", model.name),
        purpose: &purpose,
        preamble: "",
        declares: false,
    };
    c_file(model, &header, |text| {
        names(text, model, &prefix);
        let spelling = Spelling::new(model, View::Program);
        section(text, model, |call| format!("{prefix}_NUMBER_{} {}", call.name, call.number));
        section(text, model, |call| {
            with_list(format!("{prefix}_PARAMETERS_{}", call.name), &parameters(call, spelling))
        });
        section(text, model, |call| {
            let all = call.inputs.iter().chain(&call.outputs);
            let names: Vec<_> = all.map(|parameter| identifier(&parameter.name)).collect();
            with_list(format!("{prefix}_PARAMETER_NAMES_{}", call.name), &names)
        });
        section(text, model, |call| {
            let has = !(call.inputs.is_empty() && call.outputs.is_empty());
            format!("{prefix}_HAS_PARAMETERS_{}(yes, no) {}", call.name, yes_no(has))
        });
        section(text, model, |call| {
            format!("{prefix}_RETURNS_{}(yes, no) {}", call.name, yes_no(!call.noreturn))
        });
    })
}

fn names(text: &mut Text, model: &Model, prefix: &str) {
    let mut lines = format!("#define {prefix}_NAMES(SYSCALL)");
    for call in &model.calls {
        lines.push_str(&format!(" \\\n  SYSCALL({})", call.name));
    }
    text.line(lines).blank();
}

fn section(text: &mut Text, model: &Model, definition: impl Fn(&Call) -> String) {
    for call in &model.calls {
        emit_line!(text, "#define {}", definition(call));
    }
    if !model.calls.is_empty() {
        text.blank();
    }
}

fn with_list(name: String, list: &[String]) -> String {
    if list.is_empty() {
        return name;
    }
    let line = list.join(", ");
    let list = if line.len() <= WIDTH { line } else { list.join(", \\\n  ") };
    format!("{name} \\\n  {list}")
}

fn yes_no(condition: bool) -> &'static str {
    if condition { "yes" } else { "no" }
}
