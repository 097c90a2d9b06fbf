//! Kernel declarations and dispatch tables for Linux.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Linux kernel declarations and dispatch tables
pub struct Linux;

impl Emitter for Linux {
    fn name(&self) -> &'static str {
        "linux"
    }

    fn summary(&self) -> &'static str {
        "Linux kernel declarations and dispatch tables"
    }

    fn home(&self) -> &'static str {
        "generated/linux"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
