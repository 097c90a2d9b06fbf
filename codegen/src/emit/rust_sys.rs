//! Raw Rust bindings for program authors.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Raw Rust bindings for program authors
pub struct RustSys;

impl Emitter for RustSys {
    fn name(&self) -> &'static str {
        "rust-sys"
    }

    fn summary(&self) -> &'static str {
        "Raw Rust bindings for program authors"
    }

    fn home(&self) -> &'static str {
        "cloudabi-sys/src/generated"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
