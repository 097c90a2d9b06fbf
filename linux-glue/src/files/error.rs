//! Errors of Linux, and which of them a call answers with.

use crate::generated::errno_from_host;
pub(super) use cloudabi_host::errors::Call;
use cloudabi_host::types::Errno;
use rustix::io;

/// An error of Linux by the conversion table.
#[cold]
pub(super) fn host(error: io::Errno) -> Errno {
    errno_from_host(error.raw_os_error())
}
