#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(feature = "alloc")]
extern crate alloc;

mod error;
mod kind;
mod read;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "alloc")]
mod write;

pub use error::{Error, ErrorKind};
pub use kind::Kind;
pub use read::{Argdata, Int, Item, MAX_DEPTH, Map, Seq};
#[cfg(feature = "alloc")]
pub use write::{Integer, Value};

#[cfg(feature = "serde")]
pub use self::serde::{
    Error as SerdeError, Fd, Problem, Timestamp, de::Deserializer, from_argdata, from_bytes,
};
#[cfg(all(feature = "serde", feature = "alloc"))]
pub use self::serde::{ser::Serializer, to_bytes, to_value};
