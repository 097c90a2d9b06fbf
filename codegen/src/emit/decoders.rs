//! Printers of calls and results.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Rust decoders that print calls and results
pub struct Decoders;

impl Emitter for Decoders {
    fn name(&self) -> &'static str {
        "rust-decoders"
    }

    fn summary(&self) -> &'static str {
        "Rust decoders that print calls and results"
    }

    fn home(&self) -> &'static str {
        "host/src/decode/generated"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
