//! What stands in the map after `!file` and `!directory`.

use cloudabi_host::types::Rights;

use super::tags::Grant;
use crate::diagnostic::{Diagnostic, did_you_mean, quoted};
use crate::rights::Access;
use crate::scalar;
use crate::source::Span;
use crate::yaml::{Content, Document, Node, NodeId};

use cloudabi_argdata::Value;

/// What a program is to get from a path.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// Where it is.
    pub path: String,
    /// Where the path stands.
    pub path_span: Span,
    /// What the program may do with it, if that is written.
    pub access: Option<(Access, Span)>,
    /// The rights that it gets, if they are written.
    pub rights: Option<NamedRights>,
    /// The rights that are inherited from it, if they are written.
    pub inheriting: Option<NamedRights>,
}

/// Rights that are listed by name.
#[derive(Clone, Debug)]
pub struct NamedRights {
    /// Where the list stands.
    pub span: Span,
    /// Each of them, and where it stands.
    pub each: Vec<(&'static str, Rights, Span)>,
}

impl NamedRights {
    /// All of them.
    pub fn all(&self) -> Rights {
        self.each.iter().fold(Rights::empty(), |all, (_, right, _)| all | *right)
    }
}

const KEYS: [&str; 4] = ["path", "access", "rights", "inheriting"];
const ACCESSES: [&str; 4] = ["read", "write", "read-write", "execute"];

/// Reads the map. Errors that do not spoil everything go to `errors`.
pub fn read(
    document: &Document,
    node: &Node,
    text: &str,
    grant: Grant,
    errors: &mut Vec<Diagnostic>,
) -> Result<Attributes, Diagnostic> {
    let span = node.span.first_line(text);
    let tag = grant.shown();
    let example = format!("write `{tag} {{path: /some/where}}`");
    let Content::Map(entries) = &node.content else {
        return Err(
            Diagnostic::at(span, format!("`{tag}` takes a map, not {}", node.content.what())).help(example)
        );
    };
    let mut reader = Reader { document, text, errors };
    let mut found: [Option<(NodeId, Span)>; KEYS.len()] = [None; KEYS.len()];
    for &(key, value) in entries {
        let Some((key_text, key_span)) = reader.text_of(key, "a key of this map") else { continue };
        let Some(index) = KEYS.iter().position(|known| *known == key_text) else {
            let help = did_you_mean(&key_text, KEYS)
                .unwrap_or_else(|| format!("`{tag}` has the keys `{}`", KEYS.join("`, `")));
            let message = format!("`{tag}` has no key {}", quoted(&key_text));
            reader.errors.push(Diagnostic::at(key_span, message).help(help));
            continue;
        };
        if let Some((_, first)) = found[index] {
            let message = format!("the key `{}` is in this map twice", KEYS[index]);
            reader.errors.push(Diagnostic::at(key_span, message).related(first, "first here"));
            continue;
        }
        found[index] = Some((value, key_span));
    }
    let [path, access, rights, inheriting] = found.map(|found| found.map(|(value, _)| value));
    let Some(path) = path else {
        return Err(Diagnostic::at(span, format!("`{tag}` without a `path`")).help(example));
    };
    let path = reader.path(path);
    let access = access.and_then(|node| reader.access(node));
    let rights = rights.and_then(|node| reader.rights(node));
    let inheriting = inheriting.and_then(|node| reader.rights(node));
    let (path, path_span) = path.unwrap_or((String::new(), span));
    Ok(Attributes { path, path_span, access, rights, inheriting })
}

struct Reader<'d, 't, 'e> {
    document: &'d Document<'t>,
    text: &'t str,
    errors: &'e mut Vec<Diagnostic>,
}

impl Reader<'_, '_, '_> {
    fn span(&self, id: NodeId) -> Span {
        self.document.node(id).span.first_line(self.text)
    }

    /// The text of a node that has to be a string.
    fn text_of(&mut self, id: NodeId, what: &str) -> Option<(String, Span)> {
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

    fn path(&mut self, id: NodeId) -> Option<(String, Span)> {
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

    fn access(&mut self, id: NodeId) -> Option<(Access, Span)> {
        let span = self.span(id);
        let mut access = Access::default();
        for (word, span) in self.words(id, "access")? {
            match word.as_str() {
                "read" => access.read = true,
                "write" => access.write = true,
                "read-write" => (access.read, access.write) = (true, true),
                "execute" => access.execute = true,
                other => {
                    let help = did_you_mean(other, ACCESSES)
                        .unwrap_or_else(|| format!("it is any of `{}`", ACCESSES.join("`, `")));
                    let message = format!("unknown access {}", quoted(other));
                    self.errors.push(Diagnostic::at(span, message).help(help));
                    return None;
                }
            }
        }
        if access == Access::default() {
            self.errors.push(
                Diagnostic::at(span, "no access at all")
                    .help("for a descriptor that says what its file is and nothing more, write `rights: [file_stat_fget]`"),
            );
            return None;
        }
        Some((access, span))
    }

    fn rights(&mut self, id: NodeId) -> Option<NamedRights> {
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
    fn words(&mut self, id: NodeId, what: &str) -> Option<Vec<(String, Span)>> {
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
