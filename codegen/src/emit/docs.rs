//! Reference documentation.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Reference documentation in Markdown
pub struct Docs;

impl Emitter for Docs {
    fn name(&self) -> &'static str {
        "docs"
    }

    fn summary(&self) -> &'static str {
        "Reference documentation in Markdown"
    }

    fn home(&self) -> &'static str {
        "generated/docs"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
