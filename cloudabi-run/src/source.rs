//! The text of a configuration, and places in it.

/// A configuration as text.
#[derive(Clone, Debug)]
pub struct Source {
    /// What messages call it: `<stdin>`, or a path.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A stretch of a configuration's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset in bytes where it starts.
    pub start: usize,
    /// Offset in bytes where it ends.
    pub end: usize,
}

impl Span {
    /// The stretch between two offsets.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end: end.max(start) }
    }

    /// The text that it covers; empty if it is none of this text's.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Its first line, without blanks at the end.
    pub fn first_line(self, text: &str) -> Self {
        let line = self.of(text).lines().next().unwrap_or_default().trim_end();
        Span { start: self.start, end: self.start + line.len() }
    }
}
