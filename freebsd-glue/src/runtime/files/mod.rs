//! The calls on files.
//!
//! The process is in capability mode, so that the kernel itself keeps every look-up beneath the directory that it starts
//! from, links and `..` included, and answers `ENOTCAPABLE` for what leads out of it. So each call is one of FreeBSD's, with
//! the whole path. What differs is which errors calls answer with ([`Call`]) and how attributes are told.

mod attributes;
mod names;
mod open;
mod readdir;

pub use attributes::{stat_fget, stat_fput, stat_get, stat_put};
pub use names::{create, link, readlink, rename, symlink, unlink};
pub use open::open;
pub use readdir::readdir;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use cloudabi_host::descriptors::Guard;
use cloudabi_host::errors::Call;
use cloudabi_host::memory::{GuestMemory as _, GuestSlice};
use cloudabi_host::path::{Path, PathBuffer};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::types::{Advice, Errno, Filesize};

use super::object::Object;
use super::{Thread, last_error};
use crate::generated::{errno_from_host, file_advice_to_host};

/// A directory that a path starts from.
pub type Directory<'a> = &'a Guard<'a, Object>;

impl Thread {
    /// Copies a path out of the program's memory.
    fn path<'b>(&self, buffer: &'b mut PathBuffer, path: GuestSlice<u8>) -> Result<Path<'b>, Errno> {
        let range = path.range();
        // What does not fit into a `usize` is too long in any case.
        let length = usize::try_from(range.size()).unwrap_or(usize::MAX);
        buffer.read(length, |to| Ok(self.memory().copy_in_any(range, to)?))
    }
}

/// What a function of the C library answered that gives 0 if all is well.
fn check(result: libc::c_int, call: Call) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(call.answer(last_error())) }
}

/// The kernel's number of a descriptor.
fn number(fd: &Object) -> libc::c_int {
    fd.as_fd().as_raw_fd()
}

/// `file_advise`: posix_fadvise(2).
pub fn advise(fd: BorrowedFd<'_>, offset: Filesize, length: Filesize, advice: Advice) -> Result<(), Errno> {
    let host = file_advice_to_host(advice).map_err(|_| Errno::INVAL)?;
    let (Ok(first), Ok(count)) = (i64::try_from(offset), i64::try_from(length)) else {
        return Err(Errno::INVAL);
    };
    // SAFETY: the call takes numbers only.
    match unsafe { libc::posix_fadvise(fd.as_raw_fd(), first, count, host) } {
        libc::ESPIPE => Err(Call::ADVISE.answer(Errno::SPIPE)),
        // Files without pages to read ahead take no advice, and it may be ignored.
        _ => Ok(()),
    }
}

/// `file_allocate`: posix_fallocate(2).
pub fn allocate(fd: BorrowedFd<'_>, offset: Filesize, length: Filesize) -> Result<(), Errno> {
    let (Ok(first), Ok(count @ 1..)) = (i64::try_from(offset), i64::try_from(length)) else {
        return Err(Errno::INVAL);
    };
    if first.checked_add(count).is_none() {
        return Err(Errno::FBIG);
    }
    // SAFETY: the call takes numbers only.
    match unsafe { libc::posix_fallocate(fd.as_raw_fd(), first, count) } {
        0 => Ok(()),
        // So says a file system that cannot do it.
        libc::EINVAL => Err(Call::ALLOCATE.answer(Errno::NOTSUP)),
        error => Err(Call::ALLOCATE.answer(errno_from_host(error))),
    }
}
