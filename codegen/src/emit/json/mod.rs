//! The whole model as data, for other people's generators, with the schema of that data.
//!
//! Everything is resolved and spelled out: names instead of indices, offsets and sizes for both word sizes,
//! documentation with its links, rights and conditions as trees. Nobody who reads it needs the definition's
//! own format or this crate.

use super::{Emitter, OutputFile};
use crate::model::Model;

mod calls;
mod docs;
mod hosts;
mod pretty;
mod root;
mod types;

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

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let data = serde_json::to_string(&root::root(model));
        let schema = serde_json::to_string(&root::schema(model));
        // Neither can fail: there is no map with keys that are no strings, and nothing that is read.
        vec![
            OutputFile::new(format!("{}.json", model.name), pretty::pretty(&data.unwrap_or_default())),
            OutputFile::new(
                format!("{}.schema.json", model.name),
                pretty::pretty(&schema.unwrap_or_default()),
            ),
        ]
    }
}
