//! Phase 1: the text of a file → a tree of nodes that know where they stand.
//!
//! The definition uses a plain part of YAML: maps, lists and scalars. Anchors, aliases and tags are refused, and a
//! map keeps its entries as a list, so that later phases see a key that stands twice.

mod advice;
mod build;
mod places;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::source::Span;
pub use build::read;

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

    /// Whether a map has a merge key, so that which keys it has is not known. There is an error then.
    pub fn merges(&self) -> bool {
        self.entries()
            .iter()
            .any(|(key, _)| matches!(&key.content, Content::Scalar(text, Style::Plain) if text == "<<"))
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
