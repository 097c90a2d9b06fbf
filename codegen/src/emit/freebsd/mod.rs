//! What the FreeBSD kernel module needs.
//!
//! FreeBSD makes a system call table from a *master* file, one per word size. The masters are emitted for
//! those who build inside FreeBSD's tree; everything that FreeBSD's tool would make from them is emitted too,
//! so that the module builds outside of it. On top of that come conversions between the ABI's values and the
//! kernel's, from the definition's `freebsd` host.
//!
//! All C here is kernel C in the kernel's own style, and names the kernel's constants by their macros: the
//! kernel's headers decide their numbers.

use super::{Emitter, OutputFile};
use crate::model::Model;

mod capsicum;
mod convert;
mod entries;
mod kinds;
mod master;
mod names;
mod numbers;
mod proto;
mod rights;
mod style;
mod sysent;
mod systrace;

use entries::Entry;
use names::Names;

/// FreeBSD system call masters, tables and conversions in C
pub struct Freebsd;

impl Emitter for Freebsd {
    fn name(&self) -> &'static str {
        "freebsd"
    }

    fn summary(&self) -> &'static str {
        "FreeBSD system call masters, tables and conversions in C"
    }

    fn home(&self) -> &'static str {
        "generated/freebsd"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let entries = entries::entries(model);
        let name = &model.name;
        let mut files = Vec::new();
        let mut add = |path: String, text: String| files.push(OutputFile::new(path, text));
        add(format!("{name}_proto.h"), proto::shared(model));
        for bits in [32, 64] {
            let names = Names { model, bits };
            add(format!("syscalls{bits}.master"), master::master(names, &entries));
            add(format!("{name}{bits}_proto.h"), proto::for_word_size(names));
            add(format!("{name}{bits}_syscall.h"), numbers::numbers(names, &entries));
            add(format!("{name}{bits}_syscalls.c"), numbers::strings(names, &entries));
            add(format!("{name}{bits}_sysent.c"), sysent::sysent(names, &entries));
            add(format!("{name}{bits}_systrace_args.c"), systrace::systrace(names));
        }
        if let Some(host) = model.host("freebsd") {
            add(format!("{name}_convert.h"), convert::header(model, host));
            add(format!("{name}_convert.c"), convert::source(model, host));
            if capsicum::tables(model, host).next().is_some() {
                add(format!("{name}_capsicum.h"), capsicum::header(model, host));
                add(format!("{name}_capsicum.c"), capsicum::source(model, host));
            }
        }
        if model.rights().is_some() {
            add(format!("{name}_call_rights.h"), rights::header(model));
            add(format!("{name}_call_rights.c"), rights::source(model));
        }
        if let Some(text) = kinds::header(model) {
            add(format!("{name}_kinds.h"), text);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }
}
