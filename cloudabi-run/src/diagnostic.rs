//! What keeps a program from being started, as text for people.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Source, Span};

/// One thing that keeps a program from being started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where in the configuration or on the command line. `None` if it is not about a place there.
    pub span: Option<Span>,
    /// What is wrong, in one line.
    pub message: String,
    /// Another place that explains it, and what is there.
    pub related: Option<Box<(Span, String)>>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Something wrong at this place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Diagnostic { span: Some(span), ..Diagnostic::general(message) }
    }

    /// Something wrong with the whole.
    pub fn general(message: impl Into<String>) -> Self {
        Diagnostic { span: None, message: message.into(), related: None, help: None }
    }

    /// Points at another place too.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some(Box::new((span, label.into())));
        self
    }

    /// Says what to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.maybe_help(Some(help.into()))
    }

    /// Says what to do, if that is known.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

/// All of them as text: the message, the place, the line with a caret under the spot, what to do.
///
/// In the order of the places, each once. `color` adds the escape sequences of terminals.
pub fn render(diagnostics: &[Diagnostic], source: &Source, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort();
    sorted.dedup();
    sorted
        .iter()
        .map(|diagnostic| renderer.render(&[group(diagnostic, source)]) + "\n\n")
        .collect::<String>()
        .trim_end_matches('\n')
        .to_owned()
        + "\n"
}

/// What the renderer shows for one of them.
fn group<'a>(diagnostic: &'a Diagnostic, source: &'a Source) -> Group<'a> {
    let mut group = Group::with_title(Level::ERROR.primary_title(&diagnostic.message));
    if let Some(span) = diagnostic.span {
        let (name, text) = source.part(span.origin);
        let primary = AnnotationKind::Primary.span(clamped(span, text));
        let mut snippet = Snippet::source(text).path(name).annotation(primary);
        let mut elsewhere = None;
        if let Some((related, label)) = diagnostic.related.as_deref() {
            let (name, text) = source.part(related.origin);
            let annotation = AnnotationKind::Context.span(clamped(*related, text)).label(label.as_str());
            if related.origin == span.origin {
                snippet = snippet.annotation(annotation);
            } else {
                elsewhere = Some(Snippet::source(text).path(name).annotation(annotation));
            }
        }
        group = group.element(snippet);
        if let Some(elsewhere) = elsewhere {
            group = group.element(elsewhere);
        }
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

/// The span as a range within the text, between characters.
fn clamped(span: Span, text: &str) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end).max(start)
}

/// "did you mean …?" for a name that is unknown: the nearest of these, if one is near enough.
pub fn did_you_mean(name: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
    nearest(name, known).map(|known| format!("did you mean `{known}`?"))
}

/// The nearest of these names, if one is near enough: a third of the characters may differ.
pub fn nearest(name: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
    let length = name.chars().count();
    let allowed = (length / 3).max(1).min(length.saturating_sub(1));
    known
        .into_iter()
        .map(|known| known.as_ref().to_owned())
        .filter(|known| known.len().abs_diff(name.len()) <= allowed * 4)
        .map(|known| (strsim::osa_distance(name, &known), known))
        .filter(|&(distance, _)| distance <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// A text in backquotes, cut off if it is very long, with nothing in it that would get at terminals.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(200)
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_debug());
            let plain = (!c.is_control()).then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().nth(200).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
