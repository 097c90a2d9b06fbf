//! JSON Schema of the definition's files.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// JSON Schema for editors of the definition
pub struct Schema;

impl Emitter for Schema {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn summary(&self) -> &'static str {
        "JSON Schema for editors of the definition"
    }

    fn home(&self) -> &'static str {
        "generated/schema"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
