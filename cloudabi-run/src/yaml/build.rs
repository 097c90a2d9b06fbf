//! Builds the tree from the YAML parser's events.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Markers, Tag as ParsedTag};

use super::places::{self, Places};
use super::{Content, Document, MAX_DEPTH, Node, NodeId, Tag};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Reads a text. An empty one gives a document without a root.
pub fn read(text: &str) -> Result<Document<'_>, Diagnostic> {
    let mut builder = Builder {
        places: Places::new(text),
        text,
        nodes: Vec::new(),
        anchors: HashMap::new(),
        open: Vec::new(),
        root: None,
    };
    for event in Parser::new_from_str(text) {
        let (event, markers) = event.map_err(|error| {
            let start = builder.places.byte(error.marker().index());
            let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            Diagnostic::at(Span::new(start, start + width), format!("not valid YAML: {}", error.info()))
                .maybe_help(advice(error.info()).map(str::to_owned))
        })?;
        builder.event(event, markers)?;
    }
    Ok(Document { nodes: builder.nodes, root: builder.root })
}

/// What to do about mistakes that people make, by what the parser says of them.
fn advice(info: &str) -> Option<&'static str> {
    let known = [
        ("tab", "YAML is indented with blanks; where a tab belongs to a text, that needs quotes"),
        (
            "mapping values are not allowed",
            "a text with `: ` in it needs quotes; the keys of one map begin in one column",
        ),
        ("unexpected character", "a text that begins with this character needs quotes"),
        (
            "trailing content",
            "within single quotes a quote is written twice, within double quotes after a backslash",
        ),
        ("unexpected end of stream", "the quotes are not closed"),
        ("illegal placement of ':'", "a bracket before this may not be closed"),
        ("did not find expected '-'", "this is a list, whose elements all begin with `-` in one column"),
        ("did not find expected node content", "a bracket that begins before this is not closed"),
        (
            "unknown anchor",
            "`*` stands before the name of something that `&` has named; other text that begins so needs quotes",
        ),
    ];
    known.iter().find(|(words, _)| info.contains(words)).map(|(_, advice)| *advice)
}

/// A map or list whose end has not been seen.
struct Open<'t> {
    span: Span,
    tag: Option<Tag>,
    content: Content<'t>,
    anchor: usize,
    /// In a map, the key whose value comes next.
    key: Option<NodeId>,
    depth: usize,
}

struct Builder<'t> {
    places: Places,
    text: &'t str,
    nodes: Vec<Node<'t>>,
    /// The finished nodes that aliases can refer to, by the parser's number for the anchor.
    anchors: HashMap<usize, NodeId>,
    open: Vec<Open<'t>>,
    root: Option<NodeId>,
}

impl<'t> Builder<'t> {
    fn event(&mut self, event: Event<'t>, markers: Markers) -> Result<(), Diagnostic> {
        let span = Span::new(self.places.byte(markers.start.index()), self.places.byte(markers.end.index()));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.tag(span, tag.as_deref());
                let value_start = match &tag {
                    Some(tag) => tag.span.end + blanks(self.text, tag.span.end, span.end),
                    None => span.start,
                };
                let node = Node {
                    span: places::scalar(self.text, span, value_start),
                    tag,
                    content: Content::Scalar { text, plain: style == ScalarStyle::Plain },
                    depth: 0,
                };
                self.finish(node, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(span, anchor, tag.as_deref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.open(span, anchor, tag.as_deref(), Content::Map(Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let end = span.end.max(open.span.end);
                let written = Span::new(open.span.start, end).of(self.text).trim_end().len();
                let span = Span::new(open.span.start, open.span.start + written);
                self.finish(
                    Node { span, tag: open.tag, content: open.content, depth: open.depth + 1 },
                    open.anchor,
                )
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(&node) => self.add(node, span),
                None => Err(Diagnostic::at(span, "this stands for something that it is a part of itself")),
            },
            Event::DocumentStart(_) if self.root.is_some() => {
                let span = Span::new(span.start, span.end.max(span.start + 1));
                Err(Diagnostic::at(span, "a second YAML document begins here, and a program gets one only")
                    .help("`---` separates documents; leave out what follows"))
            }
            _ => Ok(()),
        }
    }

    fn tag(&self, node: Span, tag: Option<&ParsedTag>) -> Option<Tag> {
        let tag = tag?;
        let span = places::tag(self.text, node).unwrap_or(node.first_line(self.text));
        Some(Tag { name: format!("{}{}", tag.handle, tag.suffix), span })
    }

    fn open(
        &mut self,
        span: Span,
        anchor: usize,
        tag: Option<&ParsedTag>,
        content: Content<'t>,
    ) -> Result<(), Diagnostic> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let tag = self.tag(span, tag);
        self.open.push(Open { span, tag, content, anchor, key: None, depth: 0 });
        Ok(())
    }

    /// Takes in a node of which all is known.
    fn finish(&mut self, node: Node<'t>, anchor: usize) -> Result<(), Diagnostic> {
        let id = NodeId(self.nodes.len());
        let span = node.span;
        self.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.add(id, span)
    }

    /// Puts a node where it belongs. `span` is where it stands there, itself or an alias of it.
    fn add(&mut self, id: NodeId, span: Span) -> Result<(), Diagnostic> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(id);
            return Ok(());
        };
        parent.depth = parent.depth.max(self.nodes[id.0].depth);
        if parent.depth >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        match &mut parent.content {
            Content::List(items) => items.push(id),
            Content::Map(entries) => match parent.key.take() {
                None => parent.key = Some(id),
                Some(key) => entries.push((key, id)),
            },
            Content::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::at(span, format!("more than {MAX_DEPTH} maps and lists in each other"))
}

/// How many bytes of blanks and line ends there are from here on.
fn blanks(text: &str, start: usize, end: usize) -> usize {
    let rest = text.get(start..end).unwrap_or_default();
    rest.len() - rest.trim_start().len()
}
