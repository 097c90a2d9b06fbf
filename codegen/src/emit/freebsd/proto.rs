//! Argument structures and prototypes.
//!
//! The kernel hands a call's arguments over as an array of register-wide slots, and each argument structure
//! lays its members out so that it is that array: padding fills what an argument leaves of its last slot. A
//! 64-bit kernel uses one 8-byte slot per argument for 32-bit programs too (their vDSO passes such a block). A
//! 32-bit kernel takes the words as C passes them: a 64-bit argument is two, at an even place where the
//! machine's C aligns it so, which the structure's natural alignment gives; a small structure by value, such
//! as a path look-up's descriptor with its flags, is as many words as it has.

use super::Names;
use super::style::{header, include_types};
use crate::emit::text::{Text, upper};
use crate::emit_line;
use crate::model::{Call, Model};

/// `cloudabi_proto.h`: what serves programs of both word sizes.
pub fn shared(model: &Model) -> String {
    let purpose = format!(
        "Arguments and prototypes of the system calls of {} that are the same for programs with 32-bit and \
         with 64-bit pointers.",
        model.title
    );
    // Either word size gives the same names here.
    let names = Names { model, bits: 64 };
    let calls: Vec<&Call> = model.calls.iter().filter(|c| !model.call_depends_on_word_size(c)).collect();
    header(model, &format!("{}_proto.h", model.name), &purpose, |text| {
        include_types(text, &format!("{}_types_common", model.name));
        text.blank();
        declarations(text, names, &calls);
    })
}

/// `cloudabi64_proto.h`: what serves programs of one word size.
pub fn for_word_size(names: Names<'_>) -> String {
    let (model, prefix) = (names.model, names.prefix());
    let purpose = format!(
        "Arguments and prototypes of the system calls of {} programs with {}-bit pointers.",
        model.title, names.bits
    );
    let calls: Vec<&Call> = model.calls.iter().filter(|c| model.call_depends_on_word_size(c)).collect();
    header(model, &format!("{prefix}_proto.h"), &purpose, |text| {
        include_types(text, &format!("{prefix}_types"));
        emit_line!(text, "#include \"{}_proto.h\"", model.name);
        text.blank();
        declarations(text, names, &calls);
        audit_events(text, names);
    })
}

/// Structures and prototypes of these calls.
fn declarations(text: &mut Text, names: Names<'_>, calls: &[&Call]) {
    text.line("struct thread;").blank();
    text.line("#define\tPAD_(t)\t(sizeof(register_t) <= sizeof(t) ? \\");
    text.line("\t\t0 : sizeof(register_t) - sizeof(t))");
    text.blank();
    text.line("#if BYTE_ORDER == LITTLE_ENDIAN");
    text.line("#define\tPADL_(t)\t0");
    text.line("#define\tPADR_(t)\tPAD_(t)");
    text.line("#else");
    text.line("#define\tPADL_(t)\tPAD_(t)");
    text.line("#define\tPADR_(t)\t0");
    text.line("#endif");
    for call in calls {
        text.blank();
        emit_line!(text, "struct {}_args {{", names.function(call));
        text.indented(|text| {
            if call.inputs.is_empty() {
                text.line("register_t dummy;");
            }
            for input in &call.inputs {
                let (ty, name) = (names.ty(&input.ty), &input.name);
                emit_line!(text, "char {name}_l_[PADL_({ty})];");
                emit_line!(text, "{};", names.declaration(&input.ty, name));
                emit_line!(text, "char {name}_r_[PADR_({ty})];");
            }
        });
        text.line("};");
    }
    text.blank();
    for call in calls {
        let function = names.function(call);
        emit_line!(text, "int\t{function}(struct thread *, struct {function}_args *);");
    }
    text.blank();
    text.line("#undef PAD_").line("#undef PADL_").line("#undef PADR_");
}

/// The audit event of each call of the word size's table.
fn audit_events(text: &mut Text, names: Names<'_>) {
    text.blank();
    let prefix = upper(&names.prefix());
    for call in &names.model.calls {
        emit_line!(text, "#define\t{prefix}_SYS_AUE_{}\tAUE_NULL", names.function(call));
    }
}
