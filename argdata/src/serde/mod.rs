//! Argument data and types that derive `Serialize` and `Deserialize`.
//!
//! | in Rust | in argument data |
//! | --- | --- |
//! | `()`, `None`, a structure without members | null |
//! | `Some(value)`, a structure around one value | as the value |
//! | `bool`, `f32` and `f64`, integers up to 128 bits | boolean, float, integer |
//! | `char`, `str`, `String` | string |
//! | bytes, as `serde_bytes` has them | binary |
//! | sequences, tuples | sequence |
//! | maps, structures | map; the names of members are strings |
//! | a variant without content | string: its name |
//! | a variant with content | map of one entry: its name and its content |
//! | [`Fd`], [`Timestamp`] | descriptor, timestamp |
//! | [`Argdata`](crate::Argdata), [`Value`](crate::Value) | whatever it is |

mod any;
pub mod de;
mod error;
mod fd;
#[cfg(feature = "alloc")]
pub mod ser;
mod timestamp;

pub use de::from_argdata;
pub use de::from_bytes;
pub use error::{Error, Problem};
pub use fd::Fd;
#[cfg(feature = "alloc")]
pub use ser::{to_bytes, to_value};
pub use timestamp::Timestamp;

/// The name of a structure around one value by which [`Fd`], [`Timestamp`] and whole values make themselves known to
/// the serializer and deserializer here. Its content is a value in its binary form.
const RAW: &str = "$cloudabi_argdata::Raw";
