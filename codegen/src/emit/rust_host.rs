//! What hosts written in Rust share.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Rust types, syscall table, trait and shims for hosts
pub struct RustHost;

impl Emitter for RustHost {
    fn name(&self) -> &'static str {
        "rust-host"
    }

    fn summary(&self) -> &'static str {
        "Rust types, syscall table, trait and shims for hosts"
    }

    fn home(&self) -> &'static str {
        "host/src/generated"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
