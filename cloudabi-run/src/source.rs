//! What says what a program gets: the text of a configuration and the command line, and places in them.

/// What a start was asked for with, as text. Messages point into it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// What messages call the configuration: `<stdin>`, or a path.
    pub name: String,
    /// The configuration's text.
    pub text: String,
    /// The options that add to the configuration, one on each line.
    pub command_line: String,
}

impl Source {
    /// What messages call the command line.
    pub const COMMAND_LINE: &str = "<command line>";

    /// For a configuration of this name, nothing of which has been read.
    pub fn named(name: impl Into<String>) -> Self {
        Source { name: name.into(), ..Source::default() }
    }

    /// The name and the text of a part.
    pub fn part(&self, origin: Origin) -> (&str, &str) {
        match origin {
            Origin::Configuration => (&self.name, &self.text),
            Origin::CommandLine => (Source::COMMAND_LINE, &self.command_line),
        }
    }
}

/// Which part of a [`Source`] a place is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// [`Source::text`]
    #[default]
    Configuration,
    /// [`Source::command_line`]
    CommandLine,
}

/// A stretch of a configuration's text, or of the command line's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which of them.
    pub origin: Origin,
    /// Offset in bytes where it starts.
    pub start: usize,
    /// Offset in bytes where it ends.
    pub end: usize,
}

impl Span {
    /// The stretch of the configuration between two offsets.
    pub fn new(start: usize, end: usize) -> Self {
        Span { origin: Origin::Configuration, start, end: end.max(start) }
    }

    /// The stretch of the command line between two offsets.
    pub fn of_command_line(start: usize, end: usize) -> Self {
        Span { origin: Origin::CommandLine, ..Span::new(start, end) }
    }

    /// The text that it covers; empty if it is none of this text's.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Its first line, without blanks at the end.
    pub fn first_line(self, text: &str) -> Self {
        let line = self.of(text).lines().next().unwrap_or_default().trim_end();
        Span { end: self.start + line.len(), ..self }
    }
}
