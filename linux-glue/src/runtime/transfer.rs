//! Reading, writing and positions: `fd_read`, `fd_write`, `fd_pread`, `fd_pwrite`, `fd_seek`, `fd_sync`, `fd_datasync`.
//!
//! Data goes between the kernel and the program's memory without a copy of the runtime's in between. The kernel finds out
//! whether there is memory; what is checked here is that all of it is the program's.

use std::os::fd::{AsRawFd, BorrowedFd};

use cloudabi_host::memory::GuestRange;
pub use cloudabi_host::pieces::with_pieces;
use cloudabi_host::types::{Errno, Filedelta, Filesize, Whence};

use super::raw;
use crate::generated::{errno_from_host, whence_to_host};

/// `fd_seek`
pub fn seek(fd: BorrowedFd<'_>, offset: Filedelta, whence: Whence) -> Result<Filesize, Errno> {
    let whence = whence_to_host(whence).map_err(|_| Errno::INVAL)?;
    // SAFETY: lseek(2) touches no memory.
    let position = unsafe { libc::lseek(fd.as_raw_fd(), offset, whence) };
    u64::try_from(position).map_err(|_| seek_error(fd, offset, whence))
}

/// What a failing lseek(2) means. It answers `EINVAL` both for a position before the start and for one beyond 2^63 - 1.
#[cold]
fn seek_error(fd: BorrowedFd<'_>, offset: Filedelta, whence: i32) -> Errno {
    let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
    let base = match whence {
        // SAFETY: lseek(2) touches no memory, and a distance of 0 from here moves nothing.
        libc::SEEK_CUR => unsafe { libc::lseek(fd.as_raw_fd(), 0, libc::SEEK_CUR) },
        libc::SEEK_END => rustix::fs::fstat(fd).map_or(0, |stat| stat.st_size),
        _ => 0,
    };
    if error == libc::EINVAL && base.checked_add(offset).is_none() {
        return Errno::OVERFLOW;
    }
    errno_from_host(error)
}

/// `random_get`: fills all of the range.
#[inline]
pub fn random(range: GuestRange) -> Result<(), Errno> {
    let mut rest = range;
    while !rest.is_empty() {
        let filled = raw::random(rest)?;
        rest = rest.part(filled, rest.size() - filled).ok_or(Errno::IO)?;
    }
    Ok(())
}
