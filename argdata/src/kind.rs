//! The kinds of values.

use core::fmt;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Nothing. The only kind without a first byte of its own: the value has no bytes.
    Null = 0,
    /// Bytes.
    Binary = 1,
    /// True or false.
    Bool = 2,
    /// A descriptor.
    Fd = 3,
    /// A floating-point number.
    Float = 4,
    /// An integer of any size.
    Int = 5,
    /// Keys with values.
    Map = 6,
    /// Values, one after the other.
    Seq = 7,
    /// Text.
    Str = 8,
    /// A point in time.
    Timestamp = 9,
}

impl Kind {
    /// The kind that a value's first byte stands for.
    pub(crate) const fn from_tag(tag: u8) -> Option<Self> {
        Some(match tag {
            1 => Kind::Binary,
            2 => Kind::Bool,
            3 => Kind::Fd,
            4 => Kind::Float,
            5 => Kind::Int,
            6 => Kind::Map,
            7 => Kind::Seq,
            8 => Kind::Str,
            9 => Kind::Timestamp,
            _ => return None,
        })
    }

    /// The byte that a value of this kind starts with.
    #[cfg(feature = "alloc")]
    pub(crate) const fn tag(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Null => "null",
            Kind::Binary => "binary data",
            Kind::Bool => "a boolean",
            Kind::Fd => "a descriptor",
            Kind::Float => "a floating-point number",
            Kind::Int => "an integer",
            Kind::Map => "a map",
            Kind::Seq => "a sequence",
            Kind::Str => "a string",
            Kind::Timestamp => "a timestamp",
        })
    }
}
