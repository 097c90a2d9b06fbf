//! How reading and writing through a descriptor behaves.

use cloudabi_sys::{Fdflags, Fdsflags, Fdstat};

use super::BorrowedFd;
use super::rights::stat;
use crate::io;

/// The flags of the open file.
pub(crate) fn get(fd: BorrowedFd<'_>) -> io::Result<Fdflags> {
    Ok(stat(fd)?.fs_flags)
}

/// Sets the flags of the open file, all of them. Duplicates share them.
pub(crate) fn set(fd: BorrowedFd<'_>, flags: Fdflags) -> io::Result<()> {
    let stat = Fdstat { fs_flags: flags, ..Fdstat::ZERO };
    // SAFETY: the descriptor is open.
    Ok(unsafe { cloudabi_sys::fd_stat_put(fd.as_raw_fd(), &stat, Fdsflags::FLAGS) }?)
}

/// Sets or clears one of the flags.
pub(crate) fn change(fd: BorrowedFd<'_>, flag: Fdflags, on: bool) -> io::Result<()> {
    let before = get(fd)?;
    let after = if on { before.union(flag) } else { before.difference(flag) };
    if after == before { Ok(()) } else { set(fd, after) }
}
