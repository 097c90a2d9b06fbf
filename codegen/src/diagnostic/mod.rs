//! What is wrong with a definition, with places in its text.

mod render;

use crate::source::{Sources, Span};

/// Everything that is wrong, in the order of the files and of the places in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where. `None` if it is about the definition as a whole, such as a missing file.
    pub span: Option<Span>,
    /// What, in one line.
    pub message: String,
    /// What to say beside the caret, where that adds something.
    pub label: Option<String>,
    /// Other places that explain it: "first defined here".
    pub related: Vec<Related>,
    /// How to mend it: "did you mean `fd_read`?".
    pub help: Option<String>,
}

/// Another place that explains a [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub label: String,
}

/// A [`Diagnostic`] with its places as people and tools name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// File, as [`crate::source::SourceFile::shown`] has it, line and column (both from 1, in characters).
    pub place: Option<(String, usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// Other places, and what is there.
    pub related: Vec<(String, usize, usize, String)>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Something wrong at this place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Diagnostic { span: Some(span), message: message.into(), label: None, related: Vec::new(), help: None }
    }

    /// Something wrong with the whole.
    pub fn general(message: impl Into<String>) -> Self {
        Diagnostic { span: None, message: message.into(), label: None, related: Vec::new(), help: None }
    }

    /// Says this beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place too.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push(Related { span, label: label.into() });
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Diagnostics {
    /// These, put in order.
    pub fn new(mut list: Vec<Diagnostic>) -> Self {
        list.sort();
        list.dedup();
        Diagnostics { list }
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them for other programs: with file, line and column.
    pub fn located(&self, sources: &Sources) -> Vec<Located> {
        let place = |span: Span| {
            let file = sources.files.get(span.file as usize)?;
            let (line, column) = file.position(span.start as usize);
            Some((file.shown.clone(), line, column))
        };
        self.list
            .iter()
            .map(|diagnostic| Located {
                place: diagnostic.span.and_then(place),
                message: diagnostic.message.clone(),
                related: diagnostic
                    .related
                    .iter()
                    .filter_map(|related| {
                        let (file, line, column) = place(related.span)?;
                        Some((file, line, column, related.label.clone()))
                    })
                    .collect(),
                help: diagnostic.help.clone(),
            })
            .collect()
    }
}
