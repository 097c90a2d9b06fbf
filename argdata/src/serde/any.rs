//! Whole values, whatever they are.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};

use super::RAW;
use crate::{Argdata, Error};

/// A value in its binary form, on its way from this crate's deserializer to a type that understands it.
#[derive(Clone, Copy)]
pub(super) enum Raw<'de> {
    /// It lies in the argument data.
    Borrowed(&'de [u8]),
    /// It went through a buffer that keeps a copy of it: a derived type that looks at data twice does that. Large
    /// enough for all kinds of small values.
    Copied { bytes: [u8; COPIED], length: usize },
}

/// How long a value can be that went through a buffer: an integer of 128 bits and its sign.
const COPIED: usize = 18;

impl<'de> Raw<'de> {
    fn bytes(&self) -> &[u8] {
        match self {
            Raw::Borrowed(bytes) => bytes,
            Raw::Copied { bytes, length } => bytes.get(..*length).unwrap_or_default(),
        }
    }

    /// What the value is.
    pub(super) fn read<T>(&self, read: impl FnOnce(Argdata<'_>) -> Result<T, Error>) -> Result<T, Error> {
        read(Argdata::new(self.bytes()))
    }

    /// The error for a value that is something else. The place is that of the value, which the deserializer knows.
    pub(super) fn refuse<E: serde::de::Error>(error: Error) -> E {
        E::custom(error.kind)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of argument data")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Raw::Borrowed(bytes))
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let mut copy = [0; COPIED];
        let target = copy.get_mut(..bytes.len()).ok_or_else(|| E::custom("a value that is too long"))?;
        target.copy_from_slice(bytes);
        Ok(Raw::Copied { bytes: copy, length: bytes.len() })
    }
}

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, RawVisitor)
    }
}

/// A value that is not looked at.
impl<'de: 'a, 'a> Deserialize<'de> for Argdata<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Raw::deserialize(deserializer)? {
            Raw::Borrowed(bytes) => Ok(Argdata::new(bytes)),
            Raw::Copied { .. } => Err(D::Error::custom("a value that does not lie in argument data")),
        }
    }
}

/// Hands a value to this crate's serializer, in its binary form.
#[cfg(feature = "alloc")]
pub(super) fn serialize<S: serde::Serializer>(
    value: &crate::Value,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    struct Bytes<'a>(&'a [u8]);

    impl serde::Serialize for Bytes<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    serializer.serialize_newtype_struct(RAW, &Bytes(&value.to_bytes()))
}

#[cfg(feature = "alloc")]
impl serde::Serialize for crate::Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, serializer)
    }
}

#[cfg(feature = "alloc")]
impl serde::Serialize for Argdata<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.to_value().map_err(serde::ser::Error::custom)?;
        serialize(&value, serializer)
    }
}

#[cfg(feature = "alloc")]
impl<'de> Deserialize<'de> for crate::Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Raw::deserialize(deserializer)?.read(|value| value.to_value()).map_err(Raw::refuse)
    }
}
