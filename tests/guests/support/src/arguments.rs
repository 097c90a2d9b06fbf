//! Argument data: the tree of values that a program is started with, read without a copy.
//!
//! This is a reader of its own and not the one that hosts use, so that a mistake there shows here.

use cloudabi_sys::Fd;

/// A value: one tag byte and its content. Null has no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    bytes: &'a [u8],
}

impl<'a> Value<'a> {
    /// Null.
    pub const NULL: Value<'static> = Value { bytes: &[] };

    /// The value that consists of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Value { bytes }
    }

    fn content(self, tag: u8) -> Option<&'a [u8]> {
        match self.bytes {
            [first, rest @ ..] if *first == tag => Some(rest),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        self.bytes.is_empty()
    }

    /// A boolean.
    pub fn boolean(self) -> Option<bool> {
        match self.content(2)? {
            [] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// A descriptor.
    pub fn descriptor(self) -> Option<Fd> {
        Some(Fd(u32::from_be_bytes(self.content(3)?.try_into().ok()?)))
    }

    /// An integer that is not negative and fits.
    pub fn integer(self) -> Option<u64> {
        let bytes = match self.content(5)? {
            [first, ..] if first & 0x80 != 0 => return None,
            [0, rest @ ..] => rest,
            bytes => bytes,
        };
        if bytes.len() > 8 {
            return None;
        }
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A string.
    pub fn string(self) -> Option<&'a str> {
        match self.content(8)? {
            [text @ .., 0] => core::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// The elements of a sequence.
    pub fn sequence(self) -> Option<Elements<'a>> {
        Some(Elements { rest: self.content(7)? })
    }

    /// Keys and values of a map, in turns.
    pub fn map(self) -> Option<Elements<'a>> {
        Some(Elements { rest: self.content(6)? })
    }

    /// What a map has under this string.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        let mut elements = self.map()?;
        loop {
            let found = elements.next()?.string() == Some(key);
            let value = elements.next()?;
            if found {
                return Some(value);
            }
        }
    }
}

/// What a map or sequence consists of.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        // The length comes first: seven bits a byte, the top bit set on the last one.
        let last = self.rest.iter().position(|byte| byte & 0x80 != 0)?;
        let (length, rest) = self.rest.split_at(last + 1);
        let length = length.iter().try_fold(0usize, |number, byte| {
            number.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))
        })?;
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Value { bytes })
    }
}
