#![no_std]
//! Argument data: the tree of values that a program is started with, in its binary form.
//!
//! Where other systems give a program a list of strings, CloudABI gives it one value: usually a map, with other
//! values in it, and with descriptors where a program elsewhere would find paths and addresses.
//!
//! [`Argdata`] reads it where it lies, without an allocator and without trusting it. [`Value`] is a tree that can
//! be written (with the feature `alloc`, which is on by default).
//!
//! ```
//! use cloudabi_argdata::{Argdata, Value};
//!
//! let value = Value::Map(vec![(Value::from("tmpdir"), Value::Fd(0)), (Value::from("jobs"), Value::from(4))]);
//! let bytes = value.to_bytes();
//!
//! let data = Argdata::new(&bytes);
//! assert_eq!(data.get("tmpdir")?.expect("it was put in").as_fd()?, 0);
//! assert_eq!(data.get("jobs")?.expect("it was put in").as_int()?.to_u64(), Some(4));
//! # Ok::<(), cloudabi_argdata::Error>(())
//! ```
//!
//! # The format
//!
//! A value is a byte that tells its kind and then its content. It does not hold its own length: whoever holds a
//! value knows where it ends. Nothing at all, zero bytes, is the value null.
//!
//! | first byte | kind | content |
//! | --- | --- | --- |
//! | 1 | binary | the bytes |
//! | 2 | bool | nothing for false, a byte 1 for true |
//! | 3 | descriptor | its index among those that come with the data, 32 bits, big-endian |
//! | 4 | float | IEEE 754, 64 bits, big-endian |
//! | 5 | integer | two's complement, big-endian, as few bytes as it takes; none for zero |
//! | 6 | map | key, value, key, value … |
//! | 7 | sequence | the elements |
//! | 8 | string | UTF-8, then a byte 0 |
//! | 9 | timestamp | nanoseconds since 1970-01-01T00:00:00Z, as an integer |
//!
//! In maps and sequences each element comes after its length in bytes: seven bits per byte, the highest first,
//! the top bit set in the last byte only, and no byte 0 at the start.

#[cfg(feature = "alloc")]
extern crate alloc;

mod error;
mod kind;
mod read;
#[cfg(feature = "alloc")]
mod write;

pub use error::{Error, ErrorKind};
pub use kind::Kind;
pub use read::{Argdata, Int, Item, MAX_DEPTH, Map, Seq};
#[cfg(feature = "alloc")]
pub use write::{Integer, Value};
