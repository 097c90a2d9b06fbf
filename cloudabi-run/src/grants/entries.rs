//! What stands in the maps after tags: known keys, each once, with text in most of them.

use cloudabi_argdata::Value;
use cloudabi_host::types::Rights;

use super::attributes::NamedRights;
use crate::diagnostic::{Diagnostic, did_you_mean, quoted};
use crate::scalar;
use crate::source::Span;
use crate::yaml::{Content, Document, Node, NodeId};

/// The key of sockets that says whether directories of processes that are not held in may come through them.
pub const FOREIGN_DIRECTORIES: &str = "foreign_directories";

/// Reads a map after a tag. Errors that do not spoil everything go to `errors`.
pub struct Reader<'d, 't, 'e> {
    document: &'d Document<'t>,
    text: &'t str,
    /// What is wrong.
    pub errors: &'e mut Vec<Diagnostic>,
}

impl<'d, 't, 'e> Reader<'d, 't, 'e> {
    /// For a document with this text.
    pub fn new(document: &'d Document<'t>, text: &'t str, errors: &'e mut Vec<Diagnostic>) -> Self {
        Reader { document, text, errors }
    }

    /// The values of these keys, as far as they are there. `example` is what to write instead of something that is no
    /// map.
    pub fn entries<const N: usize>(
        &mut self,
        node: &Node,
        tag: &str,
        keys: [&str; N],
        example: &str,
    ) -> Result<[Option<NodeId>; N], Diagnostic> {
        let span = self.first_line(node);
        let Content::Map(entries) = &node.content else {
            return Err(Diagnostic::at(span, format!("`{tag}` takes a map, not {}", node.content.what()))
                .help(format!("write `{example}`")));
        };
        let mut found: [Option<(NodeId, Span)>; N] = [None; N];
        for &(key, value) in entries {
            let Some((key_text, key_span)) = self.text_of(key, "a key of this map") else { continue };
            let Some(index) = keys.iter().position(|known| *known == key_text) else {
                let help = did_you_mean(&key_text, keys)
                    .unwrap_or_else(|| format!("`{tag}` has the keys `{}`", keys.join("`, `")));
                let message = format!("`{tag}` has no key {}", quoted(&key_text));
                self.errors.push(Diagnostic::at(key_span, message).help(help));
                continue;
            };
            if let Some((_, first)) = found[index] {
                let message = format!("the key `{}` is in this map twice", keys[index]);
                self.errors.push(Diagnostic::at(key_span, message).related(first, "first here"));
                continue;
            }
            found[index] = Some((value, key_span));
        }
        Ok(found.map(|found| found.map(|(value, _)| value)))
    }

    /// The value, if nothing is wrong with it.
    pub fn noted<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }

    /// Where a node stands.
    pub fn first_line(&self, node: &Node) -> Span {
        node.span.first_line(self.text)
    }

    /// Where a node stands.
    pub fn span(&self, id: NodeId) -> Span {
        self.first_line(self.document.node(id))
    }

    /// The text of a node that has to be a string.
    pub fn text_of(&mut self, id: NodeId, what: &str) -> Option<(String, Span)> {
        let node = self.document.node(id);
        let span = self.span(id);
        let tag = node.tag.as_ref().map(|tag| tag.name.as_str());
        let written = match (&node.content, tag) {
            (Content::Scalar { text, plain: true }, None) => scalar::plain(text),
            (Content::Scalar { text, .. }, None | Some("!")) => Ok(text.as_ref().into()),
            (Content::Scalar { text, .. }, Some(tag)) if tag == format!("{}str", scalar::YAML_TAGS) => {
                Ok(text.as_ref().into())
            }
            _ => Ok(Value::Seq(Vec::new())),
        };
        match written {
            Ok(Value::Str(text)) => Some((text, span)),
            Ok(Value::Seq(_)) => {
                let found = if tag.is_some() { "something with a tag" } else { node.content.what() };
                self.errors.push(Diagnostic::at(span, format!("{what} is text, not {found}")));
                None
            }
            _ => {
                let written = span.of(self.text);
                self.errors.push(
                    if matches!(&node.content, Content::Scalar { text, .. } if text.is_empty()) {
                        Diagnostic::at(span, format!("{what} is text, and there is nothing"))
                    } else {
                        Diagnostic::at(span, format!("{what} is text, and {} is not", quoted(written)))
                            .help(format!("text that looks like something else needs quotes: \"{written}\""))
                    },
                );
                None
            }
        }
    }

    /// The text of a node that has to be a path.
    pub fn path(&mut self, id: NodeId) -> Option<(String, Span)> {
        let (path, span) = self.text_of(id, "a path")?;
        let fault = if path.is_empty() {
            "a path is empty"
        } else if path.contains('\0') {
            "a path has a zero byte in it"
        } else {
            return Some((path, span));
        };
        self.errors.push(Diagnostic::at(span, fault));
        None
    }

    /// Whether a node says `true`. What is neither that nor `false` is an error.
    pub fn truth(&mut self, id: NodeId) -> bool {
        let node = self.document.node(id);
        let said = match (&node.content, &node.tag) {
            (Content::Scalar { text, plain: true }, None) => match scalar::plain(text) {
                Ok(Value::Bool(said)) => Some(said),
                _ => None,
            },
            _ => None,
        };
        if said.is_none() {
            let span = self.span(id);
            self.errors.push(Diagnostic::at(span, "this is either `true` or `false`"));
        }
        said.unwrap_or(false)
    }

    /// Rights by their names.
    pub fn rights(&mut self, id: NodeId) -> Option<NamedRights> {
        let span = self.span(id);
        let mut each = Vec::new();
        for (word, span) in self.words(id, "a right")? {
            match Rights::named().iter().find(|(name, _)| *name == word) {
                Some(&(name, right)) => each.push((name, right, span)),
                None => {
                    let names: Vec<&str> = Rights::named().iter().map(|(name, _)| *name).collect();
                    let help = did_you_mean(&word, &names)
                        .unwrap_or_else(|| format!("the rights are {}", names.join(", ")));
                    let message = format!("unknown right {}", quoted(&word));
                    self.errors.push(Diagnostic::at(span, message).help(help));
                }
            }
        }
        Some(NamedRights { span, each })
    }

    /// A word, or a list of words.
    pub fn words(&mut self, id: NodeId, what: &str) -> Option<Vec<(String, Span)>> {
        let document = self.document;
        match &document.node(id).content {
            Content::List(items) => {
                let words: Vec<_> = items.iter().map(|&item| self.text_of(item, what)).collect();
                words.into_iter().collect()
            }
            _ => Some(vec![self.text_of(id, what)?]),
        }
    }
}
