//! What the FreeBSD kernel module needs.

use super::{Emitter, OutputFile};
use crate::model::Model;

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

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
