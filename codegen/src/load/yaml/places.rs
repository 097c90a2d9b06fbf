//! Where the parts of a scalar's text stand in its file.

use super::{Content, Node, Style};
use crate::source::{Sources, Span};

impl Node<'_> {
    /// Where a part of a scalar's text stands, given by byte offsets into the text.
    ///
    /// Folding, indentation and quotes make the source longer than the text, but both have the same characters in the
    /// same order if blanks are left out: so the places are found by counting the others.
    pub fn part(&self, sources: &Sources, start: usize, end: usize) -> Span {
        let Content::Scalar(text, style) = &self.content else { return self.span };
        let (Some(before), Some(part)) = (text.get(..start), text.get(start..end)) else { return self.span };
        let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let (first, count) = (solid(before), solid(part));
        if count == 0 {
            return self.span;
        }
        let places = solid_characters(self.span.text(sources), *style);
        let (Some(from), Some(to)) = (places.get(first), places.get(first + count - 1)) else {
            return self.span;
        };
        let base = self.span.start as usize;
        Span::new(self.span.file as usize, base + from.0, base + to.1)
    }
}

/// Where the characters of a scalar's text that are no blanks stand, as (start, end), in the way it is written.
fn solid_characters(written: &str, style: Style) -> Vec<(usize, usize)> {
    let quote = written.chars().next().filter(|_| style == Style::Quoted);
    let mut places = Vec::new();
    let mut characters = written.char_indices().skip(usize::from(quote.is_some())).peekable();
    while let Some((start, c)) = characters.next() {
        let mut end = start + c.len_utf8();
        let mut is_solid = !c.is_whitespace();
        if quote == Some('\'') && c == '\'' {
            // Two stand for one; a single one is the end.
            let Some((second, _)) = characters.next() else { break };
            end = second + 1;
        } else if quote == Some('"') && c == '"' {
            break;
        } else if quote == Some('"') && c == '\\' {
            let Some((place, escape)) = characters.next() else { break };
            let digits = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            end = characters
                .by_ref()
                .take(digits)
                .last()
                .map_or(place + escape.len_utf8(), |(last, _)| last + 1);
            is_solid = !matches!(escape, 'n' | 'r' | 't' | 'v' | 'f' | 'N' | '_' | 'L' | 'P')
                && !escape.is_whitespace();
        }
        if is_solid {
            places.push((start, end));
        }
    }
    places
}

/// How long a quoted scalar is, quotes included. The parser counts what follows it on the line.
pub(super) fn quoted_length(written: &str) -> usize {
    let bytes = written.as_bytes();
    let quote = bytes.first().copied().unwrap_or_default();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' && quote == b'"' {
            at += 1;
        } else if byte == quote {
            if quote == b'"' || bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 1;
        }
        at += 1;
    }
    written.len()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::load::report::Report;
    use crate::source::SourceFile;

    /// The scalars of a text, with what stands at their places.
    fn scalars(text: &str) -> Vec<(String, String)> {
        fn collect(node: &Node, sources: &Sources, found: &mut Vec<(String, String)>) {
            match &node.content {
                Content::Scalar(text, _) => {
                    found.push((text.to_string(), node.span.text(sources).to_string()));
                }
                Content::List(items) => items.iter().for_each(|item| collect(item, sources, found)),
                Content::Map(entries) => entries.iter().for_each(|(key, value)| {
                    collect(key, sources, found);
                    collect(value, sources, found);
                }),
                Content::Refused => {}
            }
        }
        let sources = one_file(text);
        let report = Report::default();
        let root = read(&sources, 0, &report).expect("the text is YAML");
        let mut found = Vec::new();
        collect(&root, &sources, &mut found);
        found
    }

    fn one_file(text: &str) -> Sources {
        let name = "a.yaml".to_string();
        Sources::new(vec![SourceFile { shown: name.clone(), name, text: text.to_string() }])
    }

    #[test]
    fn scalars_know_their_places() {
        let text = "q: \"it's\" # it's \"\nr: 'x''y' # 'z'\n# Ünïcödé comment\nkey: välue # cömment\nlist: [a, 'b', \"c ü\"]\nblock: |\n  One ü.\n\n  Two.\nlast: x\n";
        let found = scalars(text);
        let places: Vec<&str> = found.iter().map(|(_, place)| place.as_str()).collect();
        assert_eq!(
            places,
            [
                "q",
                "\"it's\"",
                "r",
                "'x''y'",
                "key",
                "välue",
                "list",
                "a",
                "'b'",
                "\"c ü\"",
                "block",
                "One ü.\n\n  Two.",
                "last",
                "x"
            ]
        );
    }

    #[test]
    fn parts_of_scalars_know_their_places() {
        let texts = [
            "k: one X two",
            "k: 'one X two'",
            "k: \"one X two\"",
            "k: |\n  one\n\n  X two\n",
            "k: >-\n  one\n  X\n  two\n",
            "k: one\n  X\n  two",
            "k: 'it''s X' # 'comment'",
            "k: \"a \\\"b\\\" \\x41 \\u00e4 \\n\\t X\" # \"comment\"",
        ];
        for text in texts {
            let sources = one_file(text);
            let root = read(&sources, 0, &Report::default()).expect("the text is YAML");
            let node = root.get("k").expect("the key is there");
            let start = node.text().and_then(|text| text.find('X')).expect("the part is there");
            let span = node.part(&sources, start, start + 1);
            assert_eq!(span.start as usize, text.find('X').expect("the part is there"), "{text}");
            assert_eq!(span.text(&sources), "X");
        }
    }
}
