//! vDSO assembly stubs: the functions through which a program calls the system.
//!
//! Two kinds of families. The *trap* families ([`trap`]) hand a call to a kernel that speaks this ABI itself;
//! the *emulation* families ([`emulated`]) call a host runtime in the same process. Where C puts each
//! argument is decided by [`placement`], what a stub must move and store by [`plan`]; the modules named after
//! processors only print that.

use super::{Emitter, OutputFile};
use crate::model::Model;

mod aarch64;
mod armv6;
mod emulated;
mod i686;
mod listing;
mod placement;
mod plan;
mod script;
mod trap;
mod x86_64;

pub(super) use emulated::has_stub;
pub(super) use listing::symbol;

/// vDSO assembly stubs and the linker script.
pub struct Vdso;

impl Emitter for Vdso {
    fn name(&self) -> &'static str {
        "vdso"
    }

    fn summary(&self) -> &'static str {
        "vDSO assembly stubs and the linker script"
    }

    fn home(&self) -> &'static str {
        "generated/vdso"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let has = |name: &str| model.architectures.iter().any(|a| a.name == name);
        let mut files: Vec<OutputFile> = trap::FAMILIES
            .iter()
            .filter(|family| has(family.architecture))
            .map(|family| {
                let path = format!("{}_vdso_{}.S", model.name, family.name);
                OutputFile::new(path, trap::file(model, family))
            })
            .collect();
        for family in emulated::FAMILIES.iter().filter(|family| has(family.architecture)) {
            let path = format!("{}_vdso_{}_emulated.S", model.name, family.architecture);
            files.push(OutputFile::new(path, emulated::file(model, family)));
        }
        if !files.is_empty() {
            files.push(OutputFile::new(format!("{}_vdso.lds", model.name), script::file(model)));
        }
        files
    }
}
