//! Text of a definition → model, or everything that is wrong with it.

use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::source::Sources;

/// Reads, resolves, checks and lays out a definition.
pub fn load(_sources: &Sources) -> Result<Model, Diagnostics> {
    Err(Diagnostics::default())
}
