//! Numbers and names of calls.

use super::entries::count;
use super::style::c_file;
use super::{Entry, Names};
use crate::emit_line;

/// `cloudabi64_syscall.h`
pub fn numbers(names: Names<'_>, entries: &[Entry<'_>]) -> String {
    let mut text = c_file(names.model, "System call numbers.");
    let prefix = names.upper_prefix();
    for entry in entries {
        match entry {
            Entry::Call(call) => {
                emit_line!(text, "#define\t{prefix}_SYS_{}\t{}", names.function(call), call.number);
            }
            Entry::Obsolete { number, name, .. } => {
                emit_line!(text, "\t\t\t\t/* {number} is obsolete {name} */");
            }
            Entry::Reserved { number, .. } => {
                emit_line!(text, "\t\t\t\t/* {number} is reserved */");
            }
            Entry::Unassigned(..) => {}
        }
    }
    emit_line!(text, "#define\t{prefix}_SYS_MAXSYSCALL\t{}", count(entries));
    text.finish()
}

/// `cloudabi64_syscalls.c`
pub fn strings(names: Names<'_>, entries: &[Entry<'_>]) -> String {
    let mut text = c_file(names.model, "System call names, by number.");
    let prefix = names.prefix();
    emit_line!(text, "extern const char *{prefix}_syscallnames[];");
    text.blank();
    emit_line!(text, "const char *{prefix}_syscallnames[] = {{");
    text.indented(|text| {
        for entry in entries {
            match entry {
                Entry::Call(call) => {
                    let function = names.function(call);
                    emit_line!(text, "[{}] = \"{function}\",", call.number);
                }
                Entry::Obsolete { number, name, .. } => {
                    emit_line!(text, "[{number}] = \"obs_{name}\",\t/* obsolete {name} */");
                }
                Entry::Reserved { number, .. } => {
                    emit_line!(text, "[{number}] = \"#{number}\",\t/* reserved */");
                }
                Entry::Unassigned(first, last) if first == last => {
                    emit_line!(text, "[{first}] = \"#{first}\",\t/* unassigned */");
                }
                Entry::Unassigned(first, last) => {
                    emit_line!(text, "[{first} ... {last}] = \"#\",\t/* unassigned */");
                }
            }
        }
    });
    text.line("};");
    text.finish()
}
