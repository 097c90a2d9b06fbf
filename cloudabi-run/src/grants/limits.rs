//! What stands in the map after `!limits`.

use super::entries::Reader;
use crate::cli::Limit;
use crate::diagnostic::Diagnostic;
use crate::yaml::{Content, Document, Node};

/// The tag as people write it.
pub const TAG: &str = "!limits";

/// The names of limits, as on the command line.
const KEYS: [&str; 4] = ["memory", "processes", "descriptors", "cpu"];

/// Reads the map. Errors that do not spoil everything go to `errors`.
pub fn read(
    document: &Document,
    node: &Node,
    text: &str,
    errors: &mut Vec<Diagnostic>,
) -> Result<Vec<Limit>, Diagnostic> {
    let mut reader = Reader::new(document, text, errors);
    let values = reader.entries(node, TAG, KEYS, "!limits {memory: 64M, processes: 10}")?;
    let mut limits = Vec::new();
    for (name, value) in KEYS.into_iter().zip(values) {
        let Some(id) = value else { continue };
        let span = reader.span(id);
        let limit = match &document.node(id).content {
            Content::Scalar { text, .. } if document.node(id).tag.is_none() => {
                Limit::of(name, text).map_err(|message| Diagnostic::at(span, message))
            }
            content => {
                let found = content.what();
                Err(Diagnostic::at(span, format!("a limit is a number, not {found}")))
            }
        };
        match limit {
            Ok(limit) => limits.push(limit),
            Err(error) => {
                let help = "a number may end in K, M or G: `64M`";
                reader.errors.push(error.help(help));
            }
        }
    }
    Ok(limits)
}
