//! What can be wrong with argument data.

use core::fmt;

use crate::Kind;

/// Something is wrong with argument data, or it is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// Where: an offset in bytes from the start of the outermost value.
    pub offset: usize,
    /// What.
    pub kind: ErrorKind,
}

/// What is wrong with argument data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// It is sound, but of another kind than was asked for.
    WrongKind {
        /// What was asked for.
        expected: Kind,
        /// What is there.
        found: Kind,
    },
    /// A value starts with a byte that stands for no kind.
    UnknownKind(u8),
    /// A value has more or fewer bytes than its kind has.
    WrongLength,
    /// A boolean has a byte other than 1.
    NotBool,
    /// An integer has a leading byte that it does not need.
    NotMinimal,
    /// A string without a byte 0 at its end.
    NotTerminated,
    /// A string is not UTF-8.
    NotUtf8,
    /// An element's length is written with a leading byte 0, or is larger than any memory.
    BadLength,
    /// The data ends within an element or its length.
    Truncated,
    /// A map ends with a key that has no value.
    KeyWithoutValue,
    /// Maps and sequences are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
    /// The number does not fit into the type that was asked for.
    OutOfRange,
}

impl Error {
    pub(crate) const fn new(offset: usize, kind: ErrorKind) -> Self {
        Error { offset, kind }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            ErrorKind::WrongKind { expected, found } => {
                found.fmt(f)?;
                f.write_str(" where ")?;
                expected.fmt(f)?;
                " was expected"
            }
            ErrorKind::UnknownKind(tag) => {
                return write!(f, "no kind of value has the number {}", u64::from(tag));
            }
            ErrorKind::WrongLength => "a value of the wrong length",
            ErrorKind::NotBool => "a boolean that is neither true nor false",
            ErrorKind::NotMinimal => "an integer with a superfluous byte",
            ErrorKind::NotTerminated => "a string without a zero at its end",
            ErrorKind::NotUtf8 => "a string that is not UTF-8",
            ErrorKind::BadLength => "a length that is not well-formed",
            ErrorKind::Truncated => "the data ends too early",
            ErrorKind::KeyWithoutValue => "a key without a value",
            ErrorKind::TooDeep => "maps and sequences are nested too deeply",
            ErrorKind::OutOfRange => "a number that is too large or too small",
        };
        f.write_str(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {} of the argument data", self.kind, self.offset)
    }
}

impl core::error::Error for Error {}
