//! The functions that a kernel must have.

use crate::emit::OutputFile;
use crate::emit::c::spelling::{Spelling, View, result_type};
use crate::emit::c::{Entry, Header, Subject, c_file, comment, doc_text, first_sentence, prototype};
use crate::model::{Call, CallId, Model};

/// `NAME_syscalls.h`: functions that serve programs of any word size.
pub fn common(model: &Model) -> OutputFile {
    let purpose = format!(
        "{} version {}: calls that a kernel serves alike for 32-bit and 64-bit programs. Inputs marked \
         `__user` are addresses in the program and are not to be trusted; outputs are the kernel's own \
         memory.",
        model.title, model.version
    );
    let file = format!("{}_syscalls.h", model.name);
    let types = format!("{}_types_common.h", model.name);
    declarations(model, &file, &types, &purpose, 64, |call| !model.call_depends_on_word_size(call))
}

/// `NAME64_syscalls.h` or `NAME32_syscalls.h`: functions that serve programs of one word size.
pub fn machine_dependent(model: &Model, bits: u32) -> OutputFile {
    let purpose = format!(
        "{} version {}: calls of {bits}-bit programs whose arguments point to memory that {other}-bit \
         programs lay out differently.",
        model.title,
        model.version,
        other = if bits == 32 { 64 } else { 32 }
    );
    let file = format!("{}{bits}_syscalls.h", model.name);
    let types = format!("{}{bits}_types.h", model.name);
    declarations(model, &file, &types, &purpose, bits, |call| model.call_depends_on_word_size(call))
}

fn declarations(
    model: &Model,
    path: &str,
    types: &str,
    purpose: &str,
    bits: u32,
    belongs: impl Fn(&Call) -> bool,
) -> OutputFile {
    let preamble = format!("#include \"{types}\"\n\n{USER}");
    let header = Header { path, purpose, preamble: &preamble, declares: true };
    let spelling = Spelling::new(model, View::Kernel(bits));
    c_file(model, &header, |text| {
        for (index, call) in model.calls.iter().enumerate().filter(|(_, call)| belongs(call)) {
            let doc = doc_text(model, Subject::Call(CallId(index)), &call.doc);
            comment(text, &first_sentence(&doc));
            text.line(prototype(call, spelling, &entry(model, call, bits))).blank();
        }
    })
}

/// The kernel's function for a call of a program of this word size.
pub fn entry(model: &Model, call: &Call, bits: u32) -> Entry {
    let infix = if model.call_depends_on_word_size(call) { bits.to_string() } else { String::new() };
    let result = if call.noreturn { "void".to_string() } else { result_type(model) };
    Entry { name: format!("{}{infix}_sys_{}", model.name, call.name), result }
}

/// The kernel has this as an annotation for its checkers; elsewhere it means nothing.
const USER: &str = "#ifndef __user
#define __user
#endif";
