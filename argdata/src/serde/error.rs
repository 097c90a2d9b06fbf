//! Why data is not what a type wants.

use core::fmt;

#[cfg(feature = "alloc")]
use alloc::string::String;

use serde::de::{Expected, Unexpected};

use crate::ErrorKind;

/// Argument data is not what a type wants, or a type has no form in argument data.
///
/// It tells where: as an offset in bytes, and, with the feature `alloc`, as a path like `servers[2].root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    problem: Problem,
    offset: Option<usize>,
    #[cfg(feature = "alloc")]
    path: String,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The data is malformed, or a value is of another kind than was asked for.
    Data(ErrorKind),
    /// A map lacks the entry for a member of a structure. Its name is given.
    MissingField(&'static str),
    /// A type refused a value. With the feature `alloc` this tells what it said.
    #[cfg(feature = "alloc")]
    Refused(String),
    /// A type refused a value. With the feature `alloc` this tells what it said.
    #[cfg(not(feature = "alloc"))]
    Refused,
}

impl Error {
    pub(super) const fn new(problem: Problem, offset: Option<usize>) -> Self {
        Error {
            problem,
            offset,
            #[cfg(feature = "alloc")]
            path: String::new(),
        }
    }

    /// What is wrong.
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Where: an offset in bytes from the start of the outermost value. `None` when writing.
    pub const fn offset(&self) -> Option<usize> {
        self.offset
    }

    /// Where: from the outermost value, through keys and positions. Empty for the outermost value itself.
    #[cfg(feature = "alloc")]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same, at this place, unless the place is known better already.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// The same, in the value of a map for this key.
    pub(super) fn in_entry(self, key: &str) -> Self {
        #[cfg(feature = "alloc")]
        return self.inside(key);
        #[cfg(not(feature = "alloc"))]
        {
            let _ = key;
            self
        }
    }

    /// The same, in the element of a sequence at this position.
    pub(super) fn in_element(self, index: usize) -> Self {
        #[cfg(feature = "alloc")]
        {
            let mut step = String::new();
            let _ = fmt::write(&mut step, format_args!("[{index}]"));
            self.inside(&step)
        }
        #[cfg(not(feature = "alloc"))]
        {
            let _ = index;
            self
        }
    }

    /// The same, one step deeper.
    #[cfg(feature = "alloc")]
    #[cold]
    #[inline(never)]
    fn inside(mut self, step: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        let rest = core::mem::take(&mut self.path);
        for part in [step, separator, &rest] {
            self.path.push_str(part);
        }
        self
    }

    #[cold]
    #[inline(never)]
    fn refused(message: &dyn fmt::Display) -> Self {
        #[cfg(feature = "alloc")]
        {
            let mut text = String::new();
            // What a value cannot say is left out.
            let _ = fmt::write(&mut text, format_args!("{message}"));
            Error::new(Problem::Refused(text), None)
        }
        #[cfg(not(feature = "alloc"))]
        {
            let _ = message;
            Error::new(Problem::Refused, None)
        }
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Error::new(Problem::Data(error.kind), Some(error.offset))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Data(kind) => kind.fmt(f)?,
            Problem::MissingField(name) => write!(f, "`{name}` is missing")?,
            #[cfg(feature = "alloc")]
            Problem::Refused(message) => f.write_str(message)?,
            #[cfg(not(feature = "alloc"))]
            Problem::Refused => f.write_str("a value that is not what was expected")?,
        }
        #[cfg(feature = "alloc")]
        if !self.path.is_empty() {
            write!(f, ", in `{}`", self.path)?;
        }
        match self.offset {
            Some(offset) => write!(f, ", at byte {offset} of the argument data"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::refused(&message)
    }

    fn missing_field(field: &'static str) -> Self {
        Error::new(Problem::MissingField(field), None)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Error::refused(&format_args!("invalid type: {}, expected {expected}", Found(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Error::refused(&format_args!("invalid value: {}, expected {expected}", Found(found)))
    }
}

/// What was found in the place of something else.
///
/// Serde's own way of saying it brings the code that prints numbers with fractions and quotes text into every program:
/// a third of a small one.
struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let integer =
            |f: &mut fmt::Formatter<'_>, sign: &str, value: u64| write!(f, "integer `{sign}{value}`");
        f.write_str(match self.0 {
            // Numbers of one kind are enough.
            Unexpected::Unsigned(value) => return integer(f, "", value),
            Unexpected::Signed(value) => {
                return integer(f, if value < 0 { "-" } else { "" }, value.unsigned_abs());
            }
            Unexpected::Str(text) => return write!(f, "string `{text}`"),
            Unexpected::Bool(true) => "boolean `true`",
            Unexpected::Bool(false) => "boolean `false`",
            Unexpected::Other(what) => what,
            Unexpected::Float(_) => "a floating point number",
            Unexpected::Char(_) => "a character",
            Unexpected::Bytes(_) => "a byte array",
            Unexpected::Unit => "null",
            Unexpected::Option => "an optional value",
            Unexpected::NewtypeStruct => "a structure of one value",
            Unexpected::Seq => "a sequence",
            Unexpected::Map => "a map",
            Unexpected::Enum => "an enumeration",
            Unexpected::UnitVariant => "a variant without a value",
            Unexpected::NewtypeVariant => "a variant with a value",
            Unexpected::TupleVariant => "a variant with values",
            Unexpected::StructVariant => "a variant with members",
        })
    }
}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::refused(&message)
    }
}
