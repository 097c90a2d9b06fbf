//! Phase 1: the text of a file → a tree of nodes that know where they stand.
//!
//! The definition uses a plain part of YAML: maps, lists and scalars. Anchors, aliases and tags are refused, and a
//! map keeps its entries as a list, so that later phases see a key that stands twice.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Markers};

use super::report::Report;
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};

/// Deeper nesting than this is refused, so that no later phase can run out of stack.
const DEPTH: usize = 32;

/// A map, list or scalar.
#[derive(Debug)]
pub struct Node<'a> {
    /// Where it stands. A scalar's covers its quotes; a block's begins with its first line.
    pub span: Span,
    /// What it is.
    pub content: Content<'a>,
}

/// What a [`Node`] is.
#[derive(Debug)]
pub enum Content<'a> {
    /// A scalar, with its text as YAML means it.
    Scalar(Cow<'a, str>, Style),
    /// A list.
    List(Vec<Node<'a>>),
    /// A map: keys and what they hold, in order, a key possibly more than once.
    Map(Vec<(Node<'a>, Node<'a>)>),
    /// Something that was refused, with an error.
    Refused,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may be a number, a boolean or nothing.
    Plain,
    /// In quotes: always text.
    Quoted,
    /// After `|` or `>`: always text.
    Block,
}

impl<'a> Node<'a> {
    /// A scalar's text, unless it is an empty plain one.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text, _) if !self.is_nothing() => Some(text),
            _ => None,
        }
    }

    /// Whether it is what stands after a key that has nothing after it.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.content, Content::Scalar(text, Style::Plain) if matches!(&**text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The number that a plain scalar is: decimal, `0x…`, `0o…` or `0b…`, possibly negative.
    pub fn integer(&self) -> Option<i128> {
        let Content::Scalar(text, Style::Plain) = &self.content else { return None };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, &**text),
        };
        let (radix, digits) = match digits.get(..2) {
            Some("0x") => (16, &digits[2..]),
            Some("0o") => (8, &digits[2..]),
            Some("0b") => (2, &digits[2..]),
            _ => (10, digits),
        };
        if !digits.starts_with(|first: char| first.is_digit(radix)) {
            return None;
        }
        // Underscores group digits, as in 0xffff_ffff. Too many digits for 64 bits are caught by the ranges.
        let mut value: i128 = 0;
        for digit in digits.chars().filter(|&digit| digit != '_') {
            value = (value * i128::from(radix) + i128::from(digit.to_digit(radix)?))
                .min(i128::from(u64::MAX) + 1);
        }
        Some(if negative { -value } else { value })
    }

    /// The boolean that a plain scalar is.
    pub fn boolean(&self) -> Option<bool> {
        match &self.content {
            Content::Scalar(text, Style::Plain) if text == "true" => Some(true),
            Content::Scalar(text, Style::Plain) if text == "false" => Some(false),
            _ => None,
        }
    }

    /// The entries of a map; empty if it is none.
    pub fn entries(&self) -> &[(Node<'a>, Node<'a>)] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty if it is none.
    pub fn items(&self) -> &[Node<'a>] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// What a map's key holds, the first time that it stands there.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A map's key, and what it holds.
    pub fn entry(&self, key: &str) -> Option<&(Node<'a>, Node<'a>)> {
        self.entries()
            .iter()
            .find(|(name, _)| matches!(&name.content, Content::Scalar(text, _) if text == key))
    }

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

/// The entries of a map whose names stood there before: (index, index of the first with that name).
pub fn doubled(entries: &[(Node, Node)]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    // Most maps are so small that comparing all names is quicker than hashing them.
    if entries.len() <= 8 {
        for (index, (name, _)) in entries.iter().enumerate() {
            let Some(name) = name.text() else { continue };
            if let Some(first) = entries[..index].iter().position(|(other, _)| other.text() == Some(name)) {
                found.push((index, first));
            }
        }
    } else {
        let mut names = HashMap::with_capacity(entries.len());
        for (index, (name, _)) in entries.iter().enumerate() {
            let Some(name) = name.text() else { continue };
            let first = *names.entry(name).or_insert(index);
            if first != index {
                found.push((index, first));
            }
        }
    }
    found
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
fn quoted_length(written: &str) -> usize {
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

/// Reads a file. `None` if it is no YAML or empty; then there is an error.
pub fn read<'a>(sources: &'a Sources, file: usize, report: &Report) -> Option<Node<'a>> {
    let text = sources.files.get(file)?.text.as_str();
    let mut builder = Builder { file, places: Places::new(text), text, open: Vec::new(), root: None, report };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, markers)) => builder.event(event, markers),
            Err(error) => {
                let start = builder.places.byte(error.marker().index());
                let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                Err(Diagnostic::at(
                    Span::new(file, start, start + width),
                    format!("not valid YAML: {}", error.info()),
                ))
            }
        };
        if let Err(error) = step {
            report.add(error);
            report.names_are_incomplete();
            return None;
        }
    }
    if builder.root.is_none() {
        report.add(Diagnostic::at(Span::new(file, 0, 0), "the file is empty"));
        report.names_are_incomplete();
    }
    builder.root
}

/// Turns the parser's places, counted in characters, into bytes.
struct Places {
    /// For a text with other characters than ASCII, the byte offset of each character.
    bytes: Option<Vec<u32>>,
    /// Length of the text in bytes.
    end: usize,
}

impl Places {
    fn new(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(byte, _)| byte as u32).collect());
        Places { bytes, end: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(character).map_or(self.end, |&byte| byte as usize),
            None => character.min(self.end),
        }
    }
}

/// Builds the tree from the parser's events.
struct Builder<'a, 'r> {
    file: usize,
    places: Places,
    text: &'a str,
    /// The maps and lists that are not finished. For a map, also the key that waits for its value.
    open: Vec<(Node<'a>, Option<Node<'a>>)>,
    root: Option<Node<'a>>,
    report: &'r Report,
}

impl<'a> Builder<'a, '_> {
    fn event(&mut self, event: Event<'a>, markers: Markers) -> Result<(), Diagnostic> {
        let span = Span::new(
            self.file,
            self.places.byte(markers.start.index()),
            self.places.byte(markers.end.index()),
        );
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(span, anchor, tag.is_some());
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let mut span = self.trimmed(span);
                if style == Style::Quoted {
                    let written = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
                    span.end = span.start + quoted_length(written) as u32;
                }
                self.add(Node { span, content: Content::Scalar(text, style) });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_extras(span, anchor, tag.is_some());
                self.open(Node { span, content: Content::List(Vec::new()) })?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_extras(span, anchor, tag.is_some());
                self.open(Node { span, content: Content::Map(Vec::new()) })?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((mut node, _)) = self.open.pop() {
                    node.span.end = span.end.max(node.span.end);
                    node.span = self.trimmed(node.span);
                    self.add(node);
                }
            }
            Event::Alias(_) => {
                self.report.add(
                    Diagnostic::at(span, "an alias (`*name`) is not part of this format")
                        .help("write the content out; text that begins with `*` needs quotes"),
                );
                self.add(Node { span, content: Content::Refused });
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err(Diagnostic::at(span, "a file holds one YAML document, and this begins another"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Reports an anchor or a tag at a node.
    fn refuse_extras(&self, span: Span, anchor: usize, tag: bool) {
        if anchor == 0 && !tag {
            return;
        }
        let what = if tag { "a tag (`!name`)" } else { "an anchor (`&name`)" };
        self.report.add(
            Diagnostic::at(
                Span { end: span.end.max(span.start + 1), ..span },
                format!("{what} is not part of this format"),
            )
            .help("leave it out; text that begins with such a character needs quotes"),
        );
    }

    /// The span without blanks at its end.
    fn trimmed(&self, span: Span) -> Span {
        let written = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        Span { end: span.start + written.trim_end().len() as u32, ..span }
    }

    fn open(&mut self, node: Node<'a>) -> Result<(), Diagnostic> {
        if self.open.len() >= DEPTH {
            return Err(Diagnostic::at(node.span, "nested too deeply"));
        }
        self.open.push((node, None));
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node<'a>) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut parent.content {
            Content::List(items) => items.push(node),
            Content::Map(entries) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Content::Scalar(..) | Content::Refused => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
