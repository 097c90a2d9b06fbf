//! What stands in the map after `!file` and `!directory`.

use cloudabi_host::types::Rights;

use super::entries::Reader;
use super::tags::Grant;
use crate::diagnostic::{Diagnostic, did_you_mean, quoted};
use crate::rights::Access;
use crate::source::Span;
use crate::yaml::{Document, Node, NodeId};

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
    let example = format!("{tag} {{path: /some/where}}");
    let mut reader = Reader::new(document, text, errors);
    let [path, access, rights, inheriting] = reader.entries(node, tag, KEYS, &example)?;
    let Some(path) = path else {
        return Err(
            Diagnostic::at(span, format!("`{tag}` without a `path`")).help(format!("write `{example}`"))
        );
    };
    let path = reader.path(path);
    let access = access.and_then(|node| access_of(&mut reader, node));
    let rights = rights.and_then(|node| reader.rights(node));
    let inheriting = inheriting.and_then(|node| reader.rights(node));
    let (path, path_span) = path.unwrap_or((String::new(), span));
    Ok(Attributes { path, path_span, access, rights, inheriting })
}

fn access_of(reader: &mut Reader, id: NodeId) -> Option<(Access, Span)> {
    let span = reader.span(id);
    let mut access = Access::default();
    for (word, span) in reader.words(id, "access")? {
        match word.as_str() {
            "read" => access.read = true,
            "write" => access.write = true,
            "read-write" => (access.read, access.write) = (true, true),
            "execute" => access.execute = true,
            other => {
                let help = did_you_mean(other, ACCESSES)
                    .unwrap_or_else(|| format!("it is any of `{}`", ACCESSES.join("`, `")));
                let message = format!("unknown access {}", quoted(other));
                reader.errors.push(Diagnostic::at(span, message).help(help));
                return None;
            }
        }
    }
    if access == Access::default() {
        reader.errors.push(Diagnostic::at(span, "no access at all").help(
            "for a descriptor that says what its file is and nothing more, write `rights: [file_stat_fget]`",
        ));
        return None;
    }
    Some((access, span))
}
