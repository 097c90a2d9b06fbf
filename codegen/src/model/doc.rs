//! Documentation text with resolved cross references.

use super::{CallId, TypeId};

/// Documentation in Markdown, cut at its cross references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// Text and links in order.
    pub parts: Vec<DocPart>,
}

/// A piece of documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocPart {
    /// Markdown. Lines are as the definition has them; paragraphs are separated by an empty line.
    Text(String),
    /// `[fd_read]`: what was written between the brackets, and what it names.
    Link {
        /// As written.
        text: String,
        /// What it names.
        target: LinkTarget,
    },
}

/// What a cross reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// `[fd_read]`
    Call(CallId),
    /// `[fd_read.iovs]`: a parameter.
    Parameter(CallId, String),
    /// `[rights]`
    Type(TypeId),
    /// `[rights.fd_seek]`: a value (index).
    Value(TypeId, usize),
    /// `[subscription.clock.timeout]`, `[fdstat.fs_flags]`, `[event.fd_readwrite]`: a member or arm, by
    /// the names on the way to it.
    Member(TypeId, Vec<String>),
}

impl Doc {
    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The text with each link as `link` writes it.
    pub fn render(&self, mut link: impl FnMut(&str, &LinkTarget) -> String) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                DocPart::Text(part) => text.push_str(part),
                DocPart::Link { text: written, target } => text.push_str(&link(written, target)),
            }
        }
        text
    }

    /// The text with links as code spans: `` `fd_read` ``.
    pub fn plain(&self) -> String {
        self.render(|text, _| format!("`{text}`"))
    }

    /// The first sentence or line of [`Doc::plain`], for tables and one-line comments.
    pub fn summary(&self) -> String {
        let text = self.plain();
        let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        match paragraph.find(". ") {
            Some(end) => paragraph[..=end].to_string(),
            None => paragraph.trim_end().to_string(),
        }
    }
}
