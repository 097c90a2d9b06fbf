//! The table that the kernel dispatches calls from.

use super::style::{c_file, comment};
use super::{Entry, Names};
use crate::emit::c::spelling::identifier;
use crate::emit::text::Text;
use crate::emit_line;
use crate::model::{Call, Model, TypeKind, TypeRef};

/// `cloudabi64_sysent.c`
pub fn sysent(names: Names<'_>, entries: &[Entry<'_>]) -> String {
    let mut text = c_file(names.model, "System call switch table.");
    let prefix = names.prefix();
    for file in ["param", "systm", "proc", "sysent", "sysproto"] {
        emit_line!(text, "#include <sys/{file}.h>");
    }
    text.blank();
    emit_line!(text, "#include \"{prefix}_types.h\"");
    emit_line!(text, "#include \"{prefix}_proto.h\"");
    emit_line!(text, "#include \"{prefix}_syscall.h\"");
    text.blank();
    text.line("#define\tAS(name)\t(sizeof(struct name) / sizeof(register_t))").blank();
    emit_line!(text, "extern struct sysent {prefix}_sysent[];");
    text.blank();
    emit_line!(text, "struct sysent {prefix}_sysent[] = {{");
    text.indented(|text| {
        for entry in entries {
            match entry {
                Entry::Call(call) => served(text, &names.function(call), call),
                Entry::Obsolete { number, name, .. } => {
                    refused(text, &number.to_string(), &format!("obsolete {name}"));
                }
                Entry::Reserved { number, .. } => refused(text, &number.to_string(), "reserved"),
                Entry::Unassigned(first, last) if first == last => {
                    refused(text, &first.to_string(), "unassigned");
                }
                Entry::Unassigned(first, last) => refused(text, &format!("{first} ... {last}"), "unassigned"),
            }
        }
    });
    text.line("};");
    emit_line!(
        text,
        "_Static_assert(nitems({prefix}_sysent) == {},",
        names.upper_prefix() + "_SYS_MAXSYSCALL"
    );
    text.line("    \"the table has an entry for each number\");");
    slots(&mut text, names);
    text.finish()
}

/// The entry of a call.
fn served(text: &mut Text, function: &str, call: &Call) {
    emit_line!(text, "[{}] = {{", call.number);
    text.indented(|text| {
        if call.inputs.is_empty() {
            text.line(".sy_narg = 0,");
        } else {
            emit_line!(text, ".sy_narg = AS({function}_args),");
        }
        emit_line!(text, ".sy_call = (sy_call_t *){function},");
        text.line(".sy_auevent = AUE_NULL,");
        text.line(".sy_flags = SYF_CAPENABLED,");
        text.line(".sy_thrcnt = SY_THR_STATIC,");
    });
    text.line("},");
}

/// An entry that answers that there is no such call.
fn refused(text: &mut Text, place: &str, why: &str) {
    emit_line!(text, "[{place}] = {{\t/* {why} */");
    text.indented(|text| {
        text.line(".sy_narg = 0,");
        text.line(".sy_call = (sy_call_t *)nosys,");
        text.line(".sy_auevent = AUE_NULL,");
        text.line(".sy_flags = 0,");
        text.line(".sy_thrcnt = SY_THR_ABSENT,");
    });
    text.line("},");
}

/// Checks of the argument structures against the slots that programs fill.
fn slots(text: &mut Text, names: Names<'_>) {
    let calls: Vec<&Call> = names.model.calls.iter().filter(|c| !c.inputs.is_empty()).collect();
    if calls.is_empty() {
        return;
    }
    text.blank().line("#ifdef __LP64__");
    comment(text, "A slot has eight bytes, whatever the program's word size, and an argument starts at one.");
    text.line("#define\tSLOT(name, member, slot)\t\t\t\t\t\\");
    text.line("\t_Static_assert(__offsetof(struct name, member) / sizeof(register_t) \\");
    text.line("\t    == (slot), \"argument in its slot\")");
    for call in calls {
        let function = names.function(call);
        let mut slot = 0;
        for input in &call.inputs {
            emit_line!(text, "SLOT({function}_args, {}, {slot});", identifier(&input.name));
            slot += slot_count(names.model, &input.ty);
        }
        emit_line!(text, "_Static_assert(AS({function}_args) == {slot},");
        text.line("    \"slots of the arguments\");");
    }
    text.line("#undef SLOT");
    text.line("#endif /* __LP64__ */");
}

/// How many 8-byte slots an argument takes.
pub fn slot_count(model: &Model, ty: &TypeRef) -> u64 {
    match ty {
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Struct(s) => s.size.w64.div_ceil(8),
            _ => 1,
        },
        _ => 1,
    }
}
