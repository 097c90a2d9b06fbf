//! The whole model as data.

use super::{Emitter, OutputFile};
use crate::model::Model;

/// The whole model as JSON, with its schema
pub struct Json;

impl Emitter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "The whole model as JSON, with its schema"
    }

    fn home(&self) -> &'static str {
        "generated/json"
    }

    fn emit(&self, _model: &Model) -> Vec<OutputFile> {
        Vec::new()
    }
}
