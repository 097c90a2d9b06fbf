//! Points in time in argument data.

use serde::de::{Deserialize, Deserializer};

use super::any::Raw;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// ```
/// use cloudabi_argdata::{Timestamp, from_bytes, to_bytes};
///
/// let bytes = to_bytes(&Timestamp(1_000_000_000))?;
/// assert_eq!(bytes, b"\x09\x3b\x9a\xca\0");
/// assert_eq!(from_bytes::<Timestamp>(&bytes)?, Timestamp(1_000_000_000));
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i128);

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        raw.read(|value| value.as_timestamp()).map(Timestamp).map_err(Raw::refuse)
    }
}

#[cfg(feature = "alloc")]
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::any::serialize(&crate::Value::Timestamp(self.0.into()), serializer)
    }
}
