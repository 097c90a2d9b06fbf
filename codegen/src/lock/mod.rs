//! The record of what has been published: one line for each fact that programs may rely on.
//!
//! A lock file makes a change of the ABI visible as such. Each line is `KIND NAME = DETAILS`; a fact is
//! known by its kind and name, and comparing two locks ([`compare`]) says what happened to it. Texts (of
//! documentation, names of parameters) have kinds of their own, so that a change of theirs is never taken
//! for more.

mod classify;
mod collect;

pub use classify::{Change, Class, compare};
pub use collect::{collect, collect_text};

use std::collections::BTreeMap;
use std::fmt;

/// What a line of a lock file speaks of.
///
/// The order is the order of the lines in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The ABI's name and the word sizes of its architectures.
    Abi,
    /// A type: what it is, and how wide or large.
    Type,
    /// A named value of a type.
    Value,
    /// A member of a structure with its type and offsets.
    Member,
    /// What a kind of descriptor refers to, and the rights that it can carry.
    Descriptor,
    /// A call: number, types, whether it returns.
    Call,
    /// Rights that a call needs.
    Rights,
    /// An error that a call may return.
    Error,
    /// A name or number that must not be used.
    Tombstone,
    /// Names of a call's parameters.
    Names,
    /// Documentation. Never in a lock file: only where two whole definitions are compared.
    Text,
}

impl Kind {
    const ALL: [Kind; 11] = [
        Kind::Abi,
        Kind::Type,
        Kind::Value,
        Kind::Member,
        Kind::Descriptor,
        Kind::Call,
        Kind::Rights,
        Kind::Error,
        Kind::Tombstone,
        Kind::Names,
        Kind::Text,
    ];

    /// The word that begins a line.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Abi => "abi",
            Kind::Type => "type",
            Kind::Value => "value",
            Kind::Member => "member",
            Kind::Descriptor => "descriptor",
            Kind::Call => "call",
            Kind::Rights => "rights",
            Kind::Error => "error",
            Kind::Tombstone => "tombstone",
            Kind::Names => "names",
            Kind::Text => "text",
        }
    }
}

/// The facts of a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    facts: BTreeMap<(Kind, String), String>,
}

/// Why a lock file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}\n    {text}")]
pub struct ParseError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: &'static str,
    /// The line.
    pub text: String,
}

impl Lock {
    /// Adds a fact. `name` must not contain ` = `.
    fn add(&mut self, kind: Kind, name: impl Into<String>, details: impl Into<String>) {
        self.facts.insert((kind, name.into()), details.into());
    }

    /// Adds all facts of another lock.
    pub fn extend(&mut self, other: Lock) {
        self.facts.extend(other.facts);
    }

    /// The facts in order: kind, name, details.
    pub fn facts(&self) -> impl Iterator<Item = (Kind, &str, &str)> {
        self.facts.iter().map(|((kind, name), details)| (*kind, name.as_str(), details.as_str()))
    }

    /// The details of a fact.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&str> {
        self.facts.get(&(kind, name.to_string())).map(String::as_str)
    }

    /// Reads a lock file's text.
    pub fn parse(text: &str) -> Result<Lock, ParseError> {
        let mut lock = Lock::default();
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let error = |problem| ParseError { line: index + 1, problem, text: line.to_string() };
            let (word, rest) = line.split_once(' ').ok_or(error("expected `KIND NAME = DETAILS`"))?;
            let kind = Kind::ALL
                .into_iter()
                .find(|kind| kind.word() == word)
                .ok_or(error("unknown kind of fact at the start of the line"))?;
            let (name, details) = rest.rsplit_once(" = ").ok_or(error("expected ` = ` after the name"))?;
            if lock.facts.insert((kind, name.to_string()), details.to_string()).is_some() {
                return Err(error("this fact is there twice"));
            }
        }
        Ok(lock)
    }
}

impl fmt::Display for Lock {
    /// Writes the lock file's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# What has been published of this ABI, one fact a line. `cargo xtask gen` adds to it;")?;
        writeln!(f, "# it changes or drops a line only when told `--accept-breaking`.")?;
        let mut last = None;
        for ((kind, name), details) in &self.facts {
            if last != Some(*kind) {
                writeln!(f)?;
                last = Some(*kind);
            }
            writeln!(f, "{} {name} = {details}", kind.word())?;
        }
        Ok(())
    }
}
