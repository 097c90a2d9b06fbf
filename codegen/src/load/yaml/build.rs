//! Builds the tree of a file from the YAML parser's events.

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Markers};

use super::advice::advice;
use super::places::quoted_length;
use super::{Content, Node, Style};
use crate::diagnostic::Diagnostic;
use crate::load::report::Report;
use crate::source::{Sources, Span};

/// Deeper nesting than this is refused, so that no later phase can run out of stack.
const DEPTH: usize = 32;

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
                let before = text.get(..start).unwrap_or_default();
                let mut wrong = Diagnostic::at(
                    Span::new(file, start, start + width),
                    format!("not valid YAML: {}", error.info()),
                );
                wrong.help = advice(error.info(), before);
                Err(wrong)
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
                None => {
                    if matches!(&node.content, Content::Scalar(text, Style::Plain) if text == "<<") {
                        self.report.add(
                            Diagnostic::at(node.span, "a merge key (`<<`) is not part of this format")
                                .help("write the keys out"),
                        );
                        self.report.names_are_incomplete();
                    }
                    *key = Some(node);
                }
                Some(key) => entries.push((key, node)),
            },
            Content::Scalar(..) | Content::Refused => {}
        }
    }
}
