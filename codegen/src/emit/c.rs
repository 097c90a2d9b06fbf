//! C headers for programs and kernels.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// C headers for programs and kernels
pub struct CHeaders;

impl Emitter for CHeaders {
    fn name(&self) -> &'static str {
        "c-headers"
    }

    fn summary(&self) -> &'static str {
        "C headers for programs and kernels"
    }

    fn home(&self) -> &'static str {
        "generated/c"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
