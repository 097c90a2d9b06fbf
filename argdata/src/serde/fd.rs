//! Descriptors in argument data.

use serde::de::{Deserialize, Deserializer};

use super::any::Raw;

/// The index of a descriptor, among those that go with the data.
///
/// In other formats than argument data it has no form: it can neither be written nor read there.
///
/// ```
/// use cloudabi_argdata::{Fd, Value, from_bytes};
///
/// #[derive(serde::Deserialize)]
/// struct Arguments {
///     output: Fd,
/// }
///
/// let bytes = Value::Map(vec![("output".into(), Value::Fd(2))]).to_bytes();
/// let arguments: Arguments = from_bytes(&bytes)?;
/// assert_eq!(arguments.output, Fd(2));
///
/// let bytes = Value::Map(vec![("output".into(), 2.into())]).to_bytes();
/// let error = from_bytes::<Arguments>(&bytes).err().expect("no descriptor");
/// let message = "an integer where a descriptor was expected, in `output`, at byte 11 of the argument data";
/// assert_eq!(error.to_string(), message);
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fd(pub u32);

impl<'de> Deserialize<'de> for Fd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        raw.read(|value| value.as_fd()).map(Fd).map_err(Raw::refuse)
    }
}

#[cfg(feature = "alloc")]
impl serde::Serialize for Fd {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::any::serialize(&crate::Value::Fd(self.0), serializer)
    }
}
