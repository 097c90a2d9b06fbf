//! What the phases after the names share.

use super::names::Names;
use super::report::Report;
use super::syntax::Definition;
use crate::source::Sources;

/// What is known once all names are.
pub struct Context<'a, 'r> {
    /// The files.
    pub sources: &'a Sources,
    /// The files' items.
    pub definition: &'r Definition<'a>,
    /// All names.
    pub names: &'r Names<'a>,
    /// For each of [`Definition::types`], whether it contains itself.
    pub recursive: &'r [bool],
    /// Where errors go.
    pub report: &'r Report,
}
