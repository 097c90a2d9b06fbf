//! Kinds of descriptors.

use super::Doc;

/// Descriptors for which the same rights make sense.
#[derive(Clone, Debug)]
pub struct DescriptorKind {
    /// `regular_file`
    pub name: String,
    /// What they are.
    pub doc: Doc,
    /// Index in [`super::Model::subsystems`].
    pub subsystem: usize,
    /// What they refer to: indices of values of [`super::Model::filetype`], ascending. Several kinds can have the same.
    pub filetypes: Vec<usize>,
    /// The rights that they can carry: indices of values of [`super::Model::rights`], ascending.
    pub base: Vec<usize>,
    /// What can be made from them: indices in [`super::Model::descriptor_kinds`], ascending.
    pub makes: Vec<usize>,
    /// The rights that they can let inherit: those of what can be made from them, and of what is made from that.
    pub inheriting: Vec<usize>,
}
