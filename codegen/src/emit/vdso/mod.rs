//! vDSO assembly stubs.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// vDSO assembly stubs and the linker script
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

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
