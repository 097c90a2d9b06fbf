//! Arguments: the value that a program is started with, in which descriptors stand where they are needed.
//!
//! `#[cloudabi::main]` hands a program its arguments as the type that its function `main` takes. What is here is for
//! values that come later, over a socket, and for starting other programs.

mod bytes;
mod collector;
mod decode;
mod encode;
mod fd;
mod table;

pub use bytes::Bytes;
pub use cloudabi_argdata::{Argdata, Timestamp, Value};
pub use decode::{Error, decode};
pub use encode::{Encoded, encode};

pub(crate) use collector::Collector;
pub(crate) use decode::decode_start;
pub(crate) use fd::{descriptor_types, deserialize_checked};
pub(crate) use table::Table;
