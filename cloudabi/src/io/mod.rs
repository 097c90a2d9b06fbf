//! Reading and writing, in the manner of the standard library's module of this name.

mod error;
mod error_kind;
pub(crate) mod fd;
mod read;
mod seek;
mod slices;
mod write;

pub use error::{Error, Result};
pub use error_kind::ErrorKind;
pub use read::Read;
pub use seek::{Seek, SeekFrom};
pub use slices::{IoSlice, IoSliceMut};
pub use write::Write;
