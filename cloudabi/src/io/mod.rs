//! Reading and writing, in the manner of the standard library's module of this name.

mod buf_read;
mod buf_reader;
mod buf_writer;
mod copy;
mod cursor;
mod error;
mod error_kind;
pub(crate) mod fd;
mod line_writer;
pub(crate) mod read;
mod seek;
mod slices;
mod take;
mod write;

pub use buf_read::{BufRead, Lines};
pub use buf_reader::BufReader;
pub use buf_writer::BufWriter;
pub use copy::copy;
pub use cursor::Cursor;
pub use error::{Error, Result};
pub use error_kind::ErrorKind;
pub use line_writer::LineWriter;
pub use read::Read;
pub use seek::{Seek, SeekFrom};
pub use slices::{IoSlice, IoSliceMut};
pub use take::{Chain, Take};
pub use write::Write;
