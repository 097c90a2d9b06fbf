//! The master file: what FreeBSD's own tool makes a system call table from.
//!
//! In the layout that FreeBSD's present tool insists on (number, audit event, flags
//! and an opening brace; result and name; one argument per line; `);`; `}`) and its older ones accept. Comment
//! lines start with `;`. Every number must be there.

use super::{Entry, Names};
use crate::emit::text::{Text, notice};
use crate::emit_line;

/// `syscalls64.master`
pub fn master(names: Names<'_>, entries: &[Entry<'_>]) -> String {
    let mut text = Text::new("\t");
    for line in notice(names.model, "*.yaml") {
        text.comment("; ", &line, 80);
    }
    let (title, prefix) = (&names.model.title, names.prefix());
    text.line(";");
    text.comment(
        "; ",
        &format!(
            "System calls of {title} programs with {}-bit pointers, for FreeBSD's makesyscalls.",
            names.bits
        ),
        80,
    );
    text.blank();
    text.line("#include <sys/sysent.h>");
    text.line("#include <sys/sysproto.h>");
    emit_line!(text, "#include \"{prefix}_types.h\"");
    emit_line!(text, "#include \"{prefix}_proto.h\"");
    for entry in entries {
        text.blank();
        match entry {
            Entry::Call(call) => {
                text.comment("; ", &call.doc.summary(), 80);
                emit_line!(text, "{}\tAUE_NULL\tSTD|CAPENABLED {{", call.number);
                let (result, function) = (names.result(call), names.function(call));
                if call.inputs.is_empty() {
                    emit_line!(text, "\t\t{result} {function}(void);");
                } else {
                    emit_line!(text, "\t\t{result} {function}(");
                    for (index, input) in call.inputs.iter().enumerate() {
                        let comma = if index + 1 < call.inputs.len() { "," } else { "" };
                        emit_line!(text, "\t\t    {}{comma}", names.declaration(&input.ty, &input.name));
                    }
                    text.line("\t\t);");
                }
                text.line("\t}");
            }
            Entry::Obsolete { number, name, reason } => {
                text.comment("; ", reason, 80);
                emit_line!(text, "{number}\tAUE_NULL\tOBSOL\t{name}");
            }
            Entry::Reserved { number, reason } => {
                text.comment("; ", reason, 80);
                emit_line!(text, "{number}\tAUE_NULL\tRESERVED");
            }
            Entry::Unassigned(first, last) if first == last => {
                emit_line!(text, "{first}\tAUE_NULL\tUNIMPL\tunassigned");
            }
            Entry::Unassigned(first, last) => {
                emit_line!(text, "{first}-{last}\tAUE_NULL\tUNIMPL\tunassigned");
            }
        }
    }
    text.finish()
}
