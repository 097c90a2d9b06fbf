//! The elements of maps and sequences.

use super::Argdata;
use crate::{Error, ErrorKind};

/// The elements of a sequence, one after the other.
///
/// After an error there are no more: nothing tells where the next one would start.
#[derive(Clone, Copy, Debug)]
pub struct Seq<'a> {
    rest: &'a [u8],
    /// Where the rest starts in the outermost value.
    offset: usize,
}

/// The entries of a map, keys with their values, as they are written.
///
/// After an error there are no more: nothing tells where the next one would start.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a>(Seq<'a>);

impl<'a> Seq<'a> {
    pub(super) const fn new(rest: &'a [u8], offset: usize) -> Self {
        Seq { rest, offset }
    }

    fn element(&mut self) -> Result<Argdata<'a>, Error> {
        let (length, prefix) = element_length(self.rest).map_err(|kind| Error::new(self.offset, kind))?;
        let offset = self.offset + prefix;
        let rest = self.rest.get(prefix..).and_then(|rest| rest.split_at_checked(length));
        let (bytes, rest) = rest.ok_or(Error::new(self.offset, ErrorKind::Truncated))?;
        *self = Seq { rest, offset: offset + length };
        Ok(Argdata { bytes, offset })
    }
}

/// The length that stands at the start of these bytes, and how many bytes it takes up.
fn element_length(bytes: &[u8]) -> Result<(usize, usize), ErrorKind> {
    if bytes.first() == Some(&0) {
        return Err(ErrorKind::BadLength);
    }
    let mut length = 0_usize;
    for (index, &byte) in bytes.iter().enumerate() {
        if length >> (usize::BITS - 7) != 0 {
            return Err(ErrorKind::BadLength);
        }
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            return Ok((length, index + 1));
        }
    }
    Err(ErrorKind::Truncated)
}

impl<'a> Iterator for Seq<'a> {
    type Item = Result<Argdata<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let element = self.element();
        if element.is_err() {
            self.rest = &[];
        }
        Some(element)
    }
}

impl core::iter::FusedIterator for Seq<'_> {}

impl<'a> Map<'a> {
    pub(super) const fn new(rest: &'a [u8], offset: usize) -> Self {
        Map(Seq::new(rest, offset))
    }

    /// Keys and values as they are written, one after the other.
    pub(super) const fn elements(self) -> Seq<'a> {
        self.0
    }
}

impl<'a> Iterator for Map<'a> {
    type Item = Result<(Argdata<'a>, Argdata<'a>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let key = match self.0.next()? {
            Ok(key) => key,
            Err(error) => return Some(Err(error)),
        };
        Some(match self.0.next() {
            Some(value) => value.map(|value| (key, value)),
            None => Err(Error::new(key.offset, ErrorKind::KeyWithoutValue)),
        })
    }
}

impl core::iter::FusedIterator for Map<'_> {}
