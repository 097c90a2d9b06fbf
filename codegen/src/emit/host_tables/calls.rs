//! What each call of the ABI needs of Linux: names and numbers of system calls.

use super::Context;
use crate::emit::text::Text;
use std::collections::{BTreeSet, HashSet};

/// System calls that only older architectures have, x86-64 among them: the `libc` crate has no number for
/// them elsewhere.
const ONLY_X86_64: &[&str] = &[
    "access",
    "alarm",
    "arch_prctl",
    "chmod",
    "chown",
    "creat",
    "dup2",
    "epoll_create",
    "epoll_wait",
    "eventfd",
    "fork",
    "futimesat",
    "getdents",
    "inotify_init",
    "lchown",
    "link",
    "lstat",
    "mkdir",
    "mknod",
    "open",
    "pause",
    "pipe",
    "poll",
    "readlink",
    "rename",
    "renameat",
    "rmdir",
    "select",
    "signalfd",
    "stat",
    "symlink",
    "time",
    "unlink",
    "utime",
    "utimes",
    "vfork",
];

/// `calls.rs`: lists of system calls, from which the sandbox's allow-list is made.
pub(super) fn file(context: &Context<'_>) -> String {
    let host = context.host;
    let title = &host.title;
    let mut out =
        context.file(&format!("The system calls of {title} that serving each call of the ABI may make."));
    out.line(format_args!("/// A system call of {title}."));
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]");
    out.block("pub struct HostCall {", "}", |out| {
        out.line("/// The kernel's name for it.");
        out.line("pub name: &'static str,");
        out.line("/// Its number on the architecture that this was compiled for.");
        out.line("pub number: libc::c_long,");
    });
    out.blank();
    out.line("/// What a call of the ABI needs.");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub struct CallNeeds {", "}", |out| {
        out.line("/// The call of the ABI.");
        out.line("pub name: &'static str,");
        out.line("/// Its number in the ABI.");
        out.line("pub number: u32,");
        out.line(format_args!("/// System calls of {title} that serving it may make, by name."));
        out.line("pub host_calls: &'static [HostCall],");
    });
    let only_x86_64: HashSet<&str> = ONLY_X86_64.iter().copied().collect();
    let list = |out: &mut Text, names: &BTreeSet<&str>| {
        for name in names {
            if only_x86_64.contains(name) {
                out.line("#[cfg(target_arch = \"x86_64\")]");
            }
            out.line(format_args!("HostCall {{ name: {name:?}, number: libc::SYS_{name} }},"));
        }
    };
    let mut all: BTreeSet<&str> = host.runtime.host_calls.iter().map(String::as_str).collect();
    out.blank();
    out.line("/// What the runtime may need at any time, whichever call it serves.");
    if !host.runtime.doc.is_empty() {
        out.line("///");
        out.comment("/// ", &host.runtime.doc.plain(), crate::emit::rust::WIDTH);
    }
    out.block("pub const RUNTIME: &[HostCall] = &[", "];", |out| list(out, &all));
    out.blank();
    out.line("/// Every call of the ABI by number, with what serving it may need beyond [`RUNTIME`].");
    out.block("pub const CALLS: &[CallNeeds] = &[", "];", |out| {
        for needs in &host.calls {
            let call = context.model.call(needs.call);
            let names: BTreeSet<&str> = needs.host_calls.iter().map(String::as_str).collect();
            out.block("CallNeeds {", "},", |out| {
                out.line(format_args!("name: {:?},", call.name));
                out.line(format_args!("number: {},", call.number));
                if names.is_empty() {
                    out.line("host_calls: &[],");
                } else {
                    out.block("host_calls: &[", "],", |out| list(out, &names));
                }
            });
            all.extend(names);
        }
    });
    out.blank();
    out.line("/// Every system call that is in any of the lists, each once, by name.");
    out.block("pub const ALL: &[HostCall] = &[", "];", |out| list(out, &all));
    out.finish()
}
