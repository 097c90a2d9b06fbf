//! Reads argument data where it lies.
//!
//! Nothing is looked at before it is asked for, and everything is checked when it is: a value that nobody reads
//! may be anything. [`Argdata::validate`] looks at all of it.

mod elements;
mod int;
#[cfg(feature = "alloc")]
mod tree;
mod validate;

pub use elements::{Map, Seq};
pub use int::Int;
pub use validate::MAX_DEPTH;

use crate::{Error, ErrorKind, Kind};

/// A value in its binary form, which may be anything until it is read.
#[derive(Clone, Copy, Debug)]
pub struct Argdata<'a> {
    bytes: &'a [u8],
    /// Where the bytes start in the outermost value.
    offset: usize,
}

/// A value that has been read. What is in a map or a sequence has not.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// Nothing.
    Null,
    /// Bytes.
    Binary(&'a [u8]),
    /// True or false.
    Bool(bool),
    /// A descriptor: an index among those that come with the data. In a program that has just started, that is
    /// the descriptor's number.
    Fd(u32),
    /// A floating-point number.
    Float(f64),
    /// An integer.
    Int(Int<'a>),
    /// Keys with values.
    Map(Map<'a>),
    /// Values, one after the other.
    Seq(Seq<'a>),
    /// Text.
    Str(&'a str),
    /// A point in time: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
    Timestamp(Int<'a>),
}

/// Declares the getters that differ in their kind alone.
macro_rules! getters {
    ($($(#[$meta:meta])* $name:ident: $variant:ident -> $ty:ty;)*) => {
        $(
            $(#[$meta])*
            pub fn $name(&self) -> Result<$ty, Error> {
                match self.read()? {
                    Item::$variant(value) => Ok(value),
                    other => Err(self.wrong_kind(Kind::$variant, other.kind())),
                }
            }
        )*
    };
}

impl<'a> Argdata<'a> {
    /// The outermost value.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Argdata { bytes, offset: 0 }
    }

    /// The value's bytes.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the value starts: an offset in bytes from the start of the outermost one.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// What it is, by its first byte.
    pub fn kind(&self) -> Result<Kind, Error> {
        match self.bytes.first() {
            None => Ok(Kind::Null),
            Some(&tag) => Kind::from_tag(tag).ok_or(self.error(0, ErrorKind::UnknownKind(tag))),
        }
    }

    /// Reads the value, whatever kind it is of.
    pub fn read(&self) -> Result<Item<'a>, Error> {
        let kind = self.kind()?;
        let content = self.bytes.get(1..).unwrap_or_default();
        Ok(match kind {
            Kind::Null => Item::Null,
            Kind::Binary => Item::Binary(content),
            Kind::Bool => match content {
                [] => Item::Bool(false),
                [1] => Item::Bool(true),
                [_] => return Err(self.error(1, ErrorKind::NotBool)),
                _ => return Err(self.error(0, ErrorKind::WrongLength)),
            },
            Kind::Fd => Item::Fd(u32::from_be_bytes(self.fixed(content)?)),
            Kind::Float => Item::Float(f64::from_be_bytes(self.fixed(content)?)),
            Kind::Int => Item::Int(self.int(content)?),
            Kind::Map => Item::Map(Map::new(content, self.offset + 1)),
            Kind::Seq => Item::Seq(Seq::new(content, self.offset + 1)),
            Kind::Str => {
                let [text @ .., 0] = content else { return Err(self.error(0, ErrorKind::NotTerminated)) };
                match core::str::from_utf8(text) {
                    Ok(text) => Item::Str(text),
                    Err(error) => return Err(self.error(1 + error.valid_up_to(), ErrorKind::NotUtf8)),
                }
            }
            Kind::Timestamp => Item::Timestamp(self.int(content)?),
        })
    }

    getters! {
        /// The bytes.
        as_binary: Binary -> &'a [u8];
        /// The truth.
        as_bool: Bool -> bool;
        /// The index of the descriptor among those that come with the data. In a program that has just started,
        /// that is the descriptor's number.
        as_fd: Fd -> u32;
        /// The floating-point number.
        as_float: Float -> f64;
        /// The integer.
        as_int: Int -> Int<'a>;
        /// What is in the map.
        as_map: Map -> Map<'a>;
        /// What is in the sequence.
        as_seq: Seq -> Seq<'a>;
        /// The text.
        as_str: Str -> &'a str;
    }

    /// The point in time, in nanoseconds since 1970-01-01T00:00:00Z.
    pub fn as_timestamp(&self) -> Result<i128, Error> {
        match self.read()? {
            Item::Timestamp(value) => value.to_i128().ok_or(self.error(0, ErrorKind::OutOfRange)),
            other => Err(self.wrong_kind(Kind::Timestamp, other.kind())),
        }
    }

    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The value of a map for a key that is a string; nothing if the map has no such key.
    ///
    /// Looks at one entry after the other. Of several equal keys the first one counts.
    pub fn get(&self, key: &str) -> Result<Option<Argdata<'a>>, Error> {
        for entry in self.as_map()? {
            let (found, value) = entry?;
            if found.kind()? == Kind::Str && found.as_str()? == key {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn int(&self, content: &'a [u8]) -> Result<Int<'a>, Error> {
        Int::new(content).ok_or(self.error(1, ErrorKind::NotMinimal))
    }

    fn fixed<const N: usize>(&self, content: &[u8]) -> Result<[u8; N], Error> {
        content.try_into().map_err(|_| self.error(0, ErrorKind::WrongLength))
    }

    fn error(&self, at: usize, kind: ErrorKind) -> Error {
        Error::new(self.offset + at, kind)
    }

    fn wrong_kind(&self, expected: Kind, found: Kind) -> Error {
        self.error(0, ErrorKind::WrongKind { expected, found })
    }
}

impl Item<'_> {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Item::Null => Kind::Null,
            Item::Binary(_) => Kind::Binary,
            Item::Bool(_) => Kind::Bool,
            Item::Fd(_) => Kind::Fd,
            Item::Float(_) => Kind::Float,
            Item::Int(_) => Kind::Int,
            Item::Map(_) => Kind::Map,
            Item::Seq(_) => Kind::Seq,
            Item::Str(_) => Kind::Str,
            Item::Timestamp(_) => Kind::Timestamp,
        }
    }
}
