//! Where things stand in the text.

use crate::source::Span;

/// Turns the parser's places, counted in characters, into bytes.
pub struct Places {
    /// For a text with other characters than ASCII, the byte offset of each character.
    bytes: Option<Vec<usize>>,
    /// Length of the text in bytes.
    end: usize,
}

impl Places {
    pub fn new(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(byte, _)| byte).collect());
        Places { bytes, end: text.len() }
    }

    pub fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.end),
            None => character.min(self.end),
        }
    }
}

/// Where the tag stands in a node's span, which begins with the node's tag and anchor in either order.
pub fn tag(text: &str, node: Span) -> Option<Span> {
    let mut at = node.start;
    loop {
        let rest = text.get(at..node.end)?;
        match rest.bytes().next()? {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at += rest.find('\n')?,
            b'&' => at += word_length(rest),
            b'!' => return Some(Span::new(at, at + tag_length(rest))),
            _ => return None,
        }
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(text.len())
}

/// How long a tag is. One that is written out, `!<…>`, may have commas in it.
fn tag_length(text: &str) -> usize {
    if text.starts_with("!<") { text.find('>').map_or(text.len(), |end| end + 1) } else { word_length(text) }
}

/// Cuts off what the parser takes for part of a scalar: a comment behind its closing quote, blanks.
pub fn scalar(text: &str, span: Span, value_start: usize) -> Span {
    let written = text.get(value_start..span.end).unwrap_or_default();
    let end = match written.bytes().next() {
        Some(quote @ (b'\'' | b'"')) => value_start + quoted_length(written, quote),
        _ => value_start + written.trim_end().len(),
    };
    Span::new(span.start, end)
}

/// How long the text in quotes is that begins here, with the quotes.
fn quoted_length(written: &str, quote: u8) -> usize {
    let mut bytes = written.bytes().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        let escapes = match quote {
            b'"' => byte == b'\\',
            _ => byte == quote && bytes.peek().is_some_and(|&(_, next)| next == quote),
        };
        if escapes {
            bytes.next();
        } else if byte == quote {
            return at + 1;
        }
    }
    written.len()
}
