//! The header that declares the calls.

use super::docs::call_comment;
use super::file::{Header, WIDTH, c_file, comment};
use super::spelling::{Spelling, View, result_type};
use crate::emit::OutputFile;
use crate::model::{Call, CallId, Model};

/// `NAME_syscalls.h`: the calls as functions of the program.
pub fn header(model: &Model) -> OutputFile {
    let purpose = format!(
        "{} version {}: the system calls. Each stores its outputs only on success.",
        model.title, model.version
    );
    let header = Header {
        path: &format!("{}_syscalls.h", model.name),
        purpose: &purpose,
        preamble: &format!("#include \"{}_types.h\"", model.name),
        declares: true,
    };
    let spelling = Spelling::new(model, View::Program);
    c_file(model, &header, |text| {
        for (index, call) in model.calls.iter().enumerate() {
            comment(text, &call_comment(model, CallId(index)));
            text.line(prototype(call, spelling, &Entry::of_program(model, call))).blank();
        }
    })
}

/// What a declared function is called and what it returns.
pub struct Entry {
    /// `cloudabi_sys_fd_read`
    pub name: String,
    /// `cloudabi_errno_t`
    pub result: String,
}

impl Entry {
    /// The function that a program calls.
    pub fn of_program(model: &Model, call: &Call) -> Self {
        let result = if call.noreturn { "_Noreturn void".to_string() } else { result_type(model) };
        Entry { name: format!("{}_sys_{}", model.name, call.name), result }
    }
}

/// The declaration of a call's function, inputs first, then a pointer for each output.
pub fn prototype(call: &Call, spelling: Spelling<'_>, entry: &Entry) -> String {
    let parameters = parameters(call, spelling);
    let start = format!("{} {}(", entry.result, entry.name);
    if parameters.is_empty() {
        return format!("{start}void);");
    }
    let line = format!("{start}{});", parameters.join(", "));
    if line.len() <= WIDTH { line } else { format!("{start}\n    {});", parameters.join(",\n    ")) }
}

/// The declarations of a call's parameters.
pub fn parameters(call: &Call, spelling: Spelling<'_>) -> Vec<String> {
    let inputs = call.inputs.iter().map(|input| spelling.declaration(&input.ty, &input.name));
    let outputs = call.outputs.iter().map(|output| spelling.output(&output.ty, &output.name));
    inputs.chain(outputs).collect()
}
