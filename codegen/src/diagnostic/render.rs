//! Diagnostics as text for people.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics};
use crate::source::{Sources, Span};

impl Diagnostics {
    /// All of them as text: the message, the place, the line with a caret under the spot. `color` adds the
    /// escape sequences of terminals.
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut text = String::new();
        for diagnostic in &self.list {
            text.push_str(&renderer.render(&[group(diagnostic, sources)]));
            text.push_str("\n\n");
        }
        text
    }
}

/// What the renderer shows for one diagnostic: one snippet per file that it points into.
fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let mut group = Group::with_title(Level::ERROR.primary_title(&diagnostic.message));
    let primary = diagnostic.span.map(|span| (span, AnnotationKind::Primary, diagnostic.label.as_deref()));
    let related = diagnostic
        .related
        .iter()
        .map(|related| (related.span, AnnotationKind::Context, Some(related.label.as_str())));
    let mut annotations: Vec<_> = primary.into_iter().chain(related).collect();
    while let Some(&(Span { file, .. }, ..)) = annotations.first() {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            annotations.into_iter().partition(|(span, ..)| span.file == file);
        annotations = elsewhere;
        let Some(source) = sources.files.get(file as usize) else { continue };
        // Only the lines around the places: the renderer would look through the whole file each time.
        let start = here.iter().map(|(span, ..)| span.start as usize).min().unwrap_or_default();
        let end = here.iter().map(|(span, ..)| span.end as usize).max().unwrap_or_default();
        let bytes = source.text.as_bytes();
        let (start, end) = (start.min(bytes.len()), end.min(bytes.len()));
        let first = bytes[..start].iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
        let last =
            bytes[end..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |newline| end + newline + 1);
        let snippet = Snippet::source(source.text.get(first..last).unwrap_or_default())
            .path(&source.shown)
            .line_start(source.position(first).0)
            .annotations(here.into_iter().map(|(span, kind, label)| {
                let start = (span.start as usize).saturating_sub(first);
                let end = (span.end as usize).saturating_sub(first);
                kind.span(start.min(last - first)..end.min(last - first)).label(label.map(str::to_owned))
            }));
        group = group.element(snippet);
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}
