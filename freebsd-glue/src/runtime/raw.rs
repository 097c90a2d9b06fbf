//! System calls with addresses in the program's memory.
//!
//! The kernel copies to and from such memory itself and answers `EFAULT` where there is none, so nothing here makes a
//! reference of a program's address: its other threads may write there at any time.

use std::os::fd::{AsRawFd, BorrowedFd};

use cloudabi_host::pieces::Piece;
use cloudabi_host::types::{Errno, Filedelta, Filesize, Whence};

use super::{last_error, stop};
use crate::generated::whence_to_host;

/// The list of pieces as the kernel takes it, which has the same layout.
fn list(pieces: &[Piece]) -> (*const libc::iovec, i32) {
    (pieces.as_ptr().cast(), pieces.len() as i32)
}

const _: () = assert!(size_of::<Piece>() == size_of::<libc::iovec>());

/// Makes a call again if a signal interrupts it, unless the thread is to go. The caller holds none of the runtime's locks.
pub fn again(mut call: impl FnMut() -> isize) -> Result<u64, Errno> {
    loop {
        match u64::try_from(call()) {
            Ok(count) => return Ok(count),
            Err(_) => match last_error() {
                Errno::INTR => stop::interrupted(),
                error => return Err(error),
            },
        }
    }
}

/// readv(2). How many bytes were read.
pub fn read(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<u64, Errno> {
    let (list, count) = list(pieces);
    // SAFETY: the pieces were found to lie in the program's memory, to which the runtime holds no references.
    again(|| unsafe { libc::readv(fd.as_raw_fd(), list, count) })
}

/// writev(2). How many bytes were written.
pub fn write(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<u64, Errno> {
    let (list, count) = list(pieces);
    // SAFETY: as above.
    again(|| unsafe { libc::writev(fd.as_raw_fd(), list, count) })
}

/// preadv(2). How many bytes were read.
pub fn read_at(fd: BorrowedFd<'_>, pieces: &[Piece], offset: u64) -> Result<u64, Errno> {
    let (list, count) = list(pieces);
    // SAFETY: as above.
    again(|| unsafe { libc::preadv(fd.as_raw_fd(), list, count, offset.cast_signed()) })
}

/// pwritev(2). How many bytes were written.
pub fn write_at(fd: BorrowedFd<'_>, pieces: &[Piece], offset: u64) -> Result<u64, Errno> {
    let (list, count) = list(pieces);
    // SAFETY: as above.
    again(|| unsafe { libc::pwritev(fd.as_raw_fd(), list, count, offset.cast_signed()) })
}

/// `fd_seek`: lseek(2).
pub fn seek(fd: BorrowedFd<'_>, offset: Filedelta, whence: Whence) -> Result<Filesize, Errno> {
    let whence = whence_to_host(whence).map_err(|_| Errno::INVAL)?;
    // SAFETY: lseek(2) touches no memory.
    let position = unsafe { libc::lseek(fd.as_raw_fd(), offset, whence) };
    u64::try_from(position).map_err(|_| last_error())
}
