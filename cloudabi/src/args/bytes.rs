//! Bytes as arguments.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that are an argument as such, and not as a sequence of numbers. To borrow them, `&[u8]` will do.
///
/// ```
/// use cloudabi::args::{Bytes, decode};
///
/// let bytes: Bytes = decode(b"\x01\x07\xff", Vec::new())?;
/// assert_eq!(bytes, Bytes(vec![7, 255]));
/// # Ok::<(), cloudabi::args::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;

        impl Visitor<'_> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("binary data")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }

        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn are_binary_data_and_nothing_else() {
        let bytes = Bytes(vec![1, 2]);
        let encoded = crate::args::encode(&bytes).expect("it has a form");
        assert_eq!(encoded.data, b"\x01\x01\x02");
        assert_eq!(crate::args::decode(&encoded.data, Vec::new()), Ok(bytes));
        assert!(crate::args::decode::<Bytes>(b"\x08a\0", Vec::new()).is_err());
        assert!(crate::args::decode::<Bytes>(b"\x07\x82\x05\x01", Vec::new()).is_err());
    }
}
