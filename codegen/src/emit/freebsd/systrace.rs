//! Arguments as DTrace sees them.
//!
//! The file holds static functions: the kernel's systrace module includes it.

use super::Names;
use super::style::c_file;
use super::sysent::slot_count;
use crate::emit::c::spelling::identifier;
use crate::emit::text::Text;
use crate::emit_line;
use crate::model::{Call, Parameter, TypeKind, TypeRef};

/// `cloudabi64_systrace_args.c`
pub fn systrace(names: Names<'_>) -> String {
    let mut text = c_file(
        names.model,
        "Conversion of system call arguments to DTrace's array of registers.\n\nThis file is part of the DTrace \
         syscall provider, which includes it.",
    );
    arguments(&mut text, names);
    text.blank();
    descriptions(&mut text, names, "systrace_entry_setargdesc", |text, call| {
        if call.inputs.is_empty() {
            return;
        }
        text.line("switch (ndx) {");
        for (index, input) in call.inputs.iter().enumerate() {
            let user = if matches!(input.ty, TypeRef::Pointer { .. }) { "userland " } else { "" };
            emit_line!(text, "case {index}:");
            emit_line!(text, "\tp = \"{user}{}\";", names.ty(&input.ty));
            text.line("\tbreak;");
        }
        text.line("default:").line("\tbreak;").line("}");
    });
    text.blank();
    descriptions(&mut text, names, "systrace_return_setargdesc", |text, call| {
        text.line("if (ndx == 0 || ndx == 1)");
        emit_line!(text, "\tp = \"{}\";", names.result(call));
    });
    text.finish()
}

/// The function that spreads an argument structure over an array.
fn arguments(text: &mut Text, names: Names<'_>) {
    let has_signed = names.model.calls.iter().flat_map(|c| &c.inputs).any(|p| is_signed(names, p));
    text.line("static void");
    text.line("systrace_args(int sysnum, void *params, uint64_t *uarg, int *n_args)");
    text.block("{", "}", |text| {
        if has_signed {
            text.line("int64_t *iarg = (int64_t *)uarg;");
        }
        text.line("int a = 0;").blank();
        if names.model.calls.iter().all(|call| call.inputs.is_empty()) {
            text.line("(void)params;").line("(void)uarg;");
        }
        text.line("switch (sysnum) {");
        for call in names.model.calls.iter().filter(|c| !c.inputs.is_empty()) {
            let function = names.function(call);
            emit_line!(text, "/* {function} */");
            emit_line!(text, "case {}: {{", call.number);
            text.indented(|text| {
                emit_line!(text, "struct {function}_args *p = params;");
                text.blank();
                for input in &call.inputs {
                    argument(text, names, input);
                }
                text.line("break;");
            });
            text.line("}");
        }
        text.line("default:").line("\tbreak;").line("}");
        text.line("*n_args = a;");
    });
}

/// Stores one argument.
fn argument(text: &mut Text, names: Names<'_>, input: &Parameter) {
    let name = identifier(&input.name);
    let comment = format!("/* {} */", names.ty(&input.ty));
    match &input.ty {
        TypeRef::Pointer { .. } => {
            emit_line!(text, "uarg[a++] = (uintptr_t)p->{name}; {comment}");
        }
        TypeRef::Named(id) if matches!(names.model.ty(*id).kind, TypeKind::Struct(_)) => {
            // A small structure is passed as the bytes of its slots.
            let slots = slot_count(names.model, &input.ty);
            for slot in 0..slots {
                emit_line!(text, "uarg[a + {slot}] = 0;");
            }
            emit_line!(text, "memcpy(&uarg[a], &p->{name}, sizeof(p->{name})); {comment}");
            emit_line!(text, "a += {slots};");
        }
        _ if is_signed(names, input) => {
            emit_line!(text, "iarg[a++] = p->{name}; {comment}");
        }
        _ => {
            emit_line!(text, "uarg[a++] = p->{name}; {comment}");
        }
    }
}

/// Whether a parameter is a two's complement number.
fn is_signed(names: Names<'_>, parameter: &Parameter) -> bool {
    match &parameter.ty {
        TypeRef::Primitive(primitive) => primitive.is_signed(),
        TypeRef::Named(id) => match &names.model.ty(*id).kind {
            TypeKind::Number(number) => number.repr.is_signed(),
            _ => false,
        },
        _ => false,
    }
}

/// A function that names the type of an argument or result.
fn descriptions(text: &mut Text, names: Names<'_>, function: &str, body: impl Fn(&mut Text, &Call)) {
    text.line("static void");
    emit_line!(text, "{function}(int sysnum, int ndx, char *desc, size_t descsz)");
    text.block("{", "}", |text| {
        text.line("const char *p = NULL;").blank();
        if names.model.calls.iter().all(|call| call.inputs.is_empty()) {
            text.line("(void)ndx;");
        }
        text.line("switch (sysnum) {");
        for call in &names.model.calls {
            emit_line!(text, "/* {} */", names.function(call));
            emit_line!(text, "case {}:", call.number);
            text.indented(|text| {
                body(text, call);
                text.line("break;");
            });
        }
        text.line("default:").line("\tbreak;").line("}");
        text.line("if (p != NULL)").line("\tstrlcpy(desc, p, descsz);");
    });
}
