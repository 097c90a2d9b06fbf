//! The words and symbols of an expression.

use super::{Name, Place};
use crate::diagnostic::Diagnostic;
use crate::load::report::Report;

/// Deeper nesting than this is refused, so that no expression can exhaust the stack.
const DEPTH: usize = 32;

/// What messages call a rights expression.
pub const RIGHTS: &str = "a rights expression";

/// What messages call a condition.
pub const CONDITION: &str = "a condition";

/// A word, a symbol or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A name, a keyword or a number.
    Word(&'a str),
    /// One of the symbols.
    Symbol(&'a str),
    /// Nothing more.
    End,
}

/// Reads an expression word by word, and reports what is wrong with it.
pub struct Tokens<'a, 'r> {
    place: Place<'a>,
    text: &'a str,
    /// The next token and where it starts and ends.
    next: (Token<'a>, usize, usize),
    /// Where the token before it ended.
    last_end: usize,
    report: &'r Report,
}

impl<'a, 'r> Tokens<'a, 'r> {
    /// The tokens of a scalar; `None` if there is none (which phase 2 has reported).
    pub fn new(place: Place<'a>, report: &'r Report) -> Option<Self> {
        let text = place.node.text()?;
        if text.trim().is_empty() {
            return None;
        }
        let mut tokens = Tokens { place, text, next: (Token::End, 0, 0), last_end: 0, report };
        tokens.next();
        Some(tokens)
    }

    /// The whole text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The next token, left where it is.
    pub fn peek(&self) -> Token<'a> {
        self.next.0
    }

    /// Where the next token starts.
    pub fn start(&self) -> usize {
        self.next.1
    }

    /// Where the last token that was taken ended.
    pub fn last_end(&self) -> usize {
        self.last_end
    }

    /// Goes past the next token.
    pub fn next(&mut self) {
        self.last_end = self.next.2;
        let text = self.text;
        let start = text.len() - text[self.last_end..].trim_start().len();
        let rest = &text[start..];
        let word = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.next = if rest.is_empty() {
            (Token::End, start, start)
        } else if word > 0 {
            (Token::Word(&rest[..word]), start, start + word)
        } else {
            let double = rest.starts_with("==") || rest.starts_with("!=");
            let width = if double { 2 } else { rest.chars().next().map_or(0, char::len_utf8) };
            (Token::Symbol(&rest[..width]), start, start + width)
        };
    }

    /// Goes past the next token if it is this word or symbol.
    pub fn take(&mut self, what: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(text) | Token::Symbol(text) if text == what);
        if found {
            self.next();
        }
        found
    }

    /// Goes past this symbol, or reports that it is not there.
    pub fn want(&mut self, what: &str) -> Option<()> {
        if self.take(what) { Some(()) } else { self.expected(&format!("`{what}`")) }
    }

    /// Goes past a word.
    pub fn name(&mut self) -> Option<Name<'a>> {
        let Token::Word(text) = self.peek() else { return None };
        let start = self.start();
        self.next();
        Some(Name { text, start })
    }

    /// Goes past a decimal number.
    pub fn number(&mut self) -> Option<u64> {
        let Token::Word(text) = self.peek() else { return None };
        let number = text.parse().ok()?;
        self.next();
        Some(number)
    }

    /// Reports that something else should stand where the next token is.
    pub fn expected<T>(&self, what: &str) -> Option<T> {
        let (message, start, end) = match self.next {
            (Token::End, ..) => {
                let last = self.text.trim_end();
                let start = last.char_indices().next_back().map_or(0, |(start, _)| start);
                (format!("{what} is missing after this"), start, last.len())
            }
            (Token::Word(found) | Token::Symbol(found), start, end) => {
                (format!("{what} should stand here, not `{found}`"), start, end)
            }
        };
        let mut error = Diagnostic::at(self.place.between(start, end), message);
        error.help = self.stray_symbol();
        self.report.add(error);
        None
    }

    /// Reports what stands after the end of `what`.
    pub fn end(&self, what: &str) -> Option<()> {
        let (Token::Word(found) | Token::Symbol(found), start, end) = self.next else { return Some(()) };
        let message = format!("`{found}` does not continue {what}");
        let mut error = Diagnostic::at(self.place.between(start, end), message);
        error.help = match (what, found) {
            (RIGHTS, "and" | ",") => Some("all of several rights: `a & b`".to_string()),
            (RIGHTS, "or") => Some("one of several rights: `a | b`".to_string()),
            (RIGHTS, ".") => Some("a right is named alone, without `rights.`".to_string()),
            (CONDITION, "&" | ",") => Some("both of two conditions: `a and b`".to_string()),
            (CONDITION, "|") => Some("one of two conditions: `a or b`".to_string()),
            _ => None,
        };
        self.report.add(error);
        None
    }

    /// Advice for symbols that other languages write where the next one stands.
    fn stray_symbol(&self) -> Option<String> {
        let Token::Symbol(symbol) = self.peek() else { return None };
        let before = self.text.get(..self.last_end)?.trim_end();
        match symbol {
            "&" | "|" if before.ends_with(symbol) => Some(format!("one `{symbol}` is enough")),
            "=" => Some("equality is written `==`".to_string()),
            "!" => Some("the reverse of a condition is written `not`".to_string()),
            _ => None,
        }
    }

    /// Refuses nesting that is too deep.
    pub fn descend(&self, depth: usize) -> Option<()> {
        if depth < DEPTH {
            return Some(());
        }
        self.report.add(Diagnostic::at(self.place.node.span, "nested too deeply"));
        None
    }
}
