//! From argument data to a program's types.

use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use cloudabi_argdata::{Argdata, SerdeError};
use serde::Deserialize;

use super::Table;
use crate::os::OwnedFd;

/// Arguments are not what a type wants, or a type is nothing that can be an argument.
///
/// ```
/// let error = cloudabi::args::decode::<Vec<u8>>(b"\x07\x82\x08\0", Vec::new()).expect_err("a string is no number");
/// assert_eq!((error.path(), error.offset()), ("[0]", Some(2)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(pub(super) SerdeError);

impl Error {
    /// Where: an offset in bytes from the start of the data. `None` when writing.
    ///
    /// ```
    /// let error = cloudabi::args::decode::<u32>(b"\x02", Vec::new()).expect_err("a boolean is no number");
    /// assert_eq!(error.offset(), Some(0));
    /// ```
    pub const fn offset(&self) -> Option<usize> {
        self.0.offset()
    }

    /// Where: from the outermost value, through keys and positions, as in `servers[2].root`.
    ///
    /// ```
    /// let error = cloudabi::args::decode::<Vec<bool>>(b"\x07\x81\x05", Vec::new()).expect_err("a number is no boolean");
    /// assert_eq!(error.path(), "[0]");
    /// ```
    pub fn path(&self) -> &str {
        self.0.path()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Error {}

/// Makes a value of data that came with descriptors, over a socket for instance. Descriptors that the type does not
/// name are closed.
///
/// ```no_run
/// use cloudabi::args;
/// use cloudabi::fs::File;
/// use cloudabi::os::OwnedFd;
///
/// #[derive(serde::Deserialize)]
/// struct Request {
///     path: String,
///     reply: File,
/// }
///
/// fn read(data: &[u8], fds: Vec<OwnedFd>) -> Result<Request, args::Error> {
///     args::decode(data, fds)
/// }
/// ```
///
/// # Errors
///
/// If the data is malformed or not what the type wants, with the place.
pub fn decode<'de, T: Deserialize<'de>>(data: &'de [u8], fds: Vec<OwnedFd>) -> Result<T, Error> {
    let data = Argdata::new(data);
    let table = Table::new(data, fds).map_err(|error| Error(error.into()))?;
    table.while_current(|| cloudabi_argdata::from_argdata(data)).map_err(Error)
}

/// Makes a value of the data that the program was started with. Descriptors that the type does not name stay open.
pub(crate) fn decode_start<T: Deserialize<'static>>(data: Argdata<'static>) -> Result<T, Error> {
    let table = start_table(data).map_err(|error| Error(error.into()))?;
    let result = table.while_current(|| cloudabi_argdata::from_argdata(data));
    table.leave_open();
    result.map_err(Error)
}

#[inline(never)]
fn start_table(data: Argdata<'_>) -> Result<Table, cloudabi_argdata::Error> {
    static TAKEN: AtomicBool = AtomicBool::new(false);

    if TAKEN.swap(true, Ordering::Relaxed) {
        return Table::new(data, Vec::new());
    }
    // SAFETY: this is done once, before the program's own function runs.
    unsafe { Table::of_start(data) }
}
