//! YAML as a tree that knows where each of its nodes stands, and which tags it has.

mod build;
mod places;

use std::borrow::Cow;

use crate::source::Span;

pub use build::read;

/// Maps and lists that are nested deeper than this are refused, so that nothing later can run out of stack.
pub const MAX_DEPTH: usize = 64;

/// The nodes of a configuration.
///
/// A node that an alias refers to has several parents.
#[derive(Debug)]
pub struct Document<'t> {
    nodes: Vec<Node<'t>>,
    root: Option<NodeId>,
}

/// A node of a [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

/// One value.
#[derive(Debug)]
pub struct Node<'t> {
    /// Where it stands, with its tag.
    pub span: Span,
    /// Its tag, if it is written.
    pub tag: Option<Tag>,
    /// What it is.
    pub content: Content<'t>,
    /// How many maps and lists are in each other in it, at most.
    depth: usize,
}

/// What a node is.
#[derive(Debug)]
pub enum Content<'t> {
    /// Text that may stand for something else, such as a number.
    Scalar {
        /// The text, without quotes.
        text: Cow<'t, str>,
        /// Whether it stands there without quotes, so that it may be a number.
        plain: bool,
    },
    /// A list.
    List(Vec<NodeId>),
    /// A map, in the order in which it is written.
    Map(Vec<(NodeId, NodeId)>),
}

/// A node's tag.
#[derive(Debug)]
pub struct Tag {
    /// The whole tag, such as `tag:nuxi.nl,2015:cloudabi/fd`; `!fd` if nothing declares `!`; `!` alone for "not
    /// what it looks like".
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

impl<'t> Document<'t> {
    /// The outermost node; nothing if there is none.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The node.
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.0]
    }
}

impl Content<'_> {
    /// What it is, in words.
    pub fn what(&self) -> &'static str {
        match self {
            Content::Scalar { .. } => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}
