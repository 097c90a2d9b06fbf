//! Conversions between the ABI's values and a host's constants.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Rust conversions to and from Linux constants
pub struct LinuxTables;

impl Emitter for LinuxTables {
    fn name(&self) -> &'static str {
        "linux-tables"
    }

    fn summary(&self) -> &'static str {
        "Rust conversions to and from Linux constants"
    }

    fn home(&self) -> &'static str {
        "linux-glue/src/generated"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}

/// Rust conversions to and from FreeBSD constants
pub struct FreebsdTables;

impl Emitter for FreebsdTables {
    fn name(&self) -> &'static str {
        "freebsd-tables"
    }

    fn summary(&self) -> &'static str {
        "Rust conversions to and from FreeBSD constants"
    }

    fn home(&self) -> &'static str {
        "freebsd-glue/src/generated"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}

/// Rust conversions to and from macOS constants
pub struct MacosTables;

impl Emitter for MacosTables {
    fn name(&self) -> &'static str {
        "macos-tables"
    }

    fn summary(&self) -> &'static str {
        "Rust conversions to and from macOS constants"
    }

    fn home(&self) -> &'static str {
        "macos-glue/src/generated"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
