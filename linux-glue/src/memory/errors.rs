//! What Linux's errors are called in the definition of each call.

use crate::generated::errno_from_host;
use cloudabi_host::types::Errno;
use rustix::io::Errno as HostErrno;

/// An error of `mmap`.
pub(super) fn of_map(error: HostErrno) -> Errno {
    let errno = errno_from_host(error.raw_os_error());
    match errno {
        Errno::ACCES
        | Errno::AGAIN
        | Errno::INVAL
        | Errno::MFILE
        | Errno::NODEV
        | Errno::NOMEM
        | Errno::NXIO
        | Errno::OVERFLOW
        | Errno::PERM => errno,
        // A file that is open for execution elsewhere, or being swapped to.
        Errno::TXTBSY => Errno::ACCES,
        Errno::NFILE | Errno::NOBUFS => Errno::NOMEM,
        // `EBADF` is what descriptors get that stand for a path only. Devices have errors of their own.
        _ => Errno::NODEV,
    }
}

/// An error of replacing pages by a reservation.
pub(super) fn of_unmap(_: HostErrno) -> Errno {
    // The arguments are in order, so it can only be about the number of mappings or the memory for their records.
    Errno::NOMEM
}

/// An error of `mprotect`.
pub(super) fn of_protect(error: HostErrno) -> Errno {
    if error == HostErrno::NOMEM { Errno::NOMEM } else { Errno::ACCES }
}

/// An error of `msync`.
pub(super) fn of_sync(error: HostErrno) -> Errno {
    // What else there is comes from the file system: no room for data whose writing was put off, say.
    if error == HostErrno::BUSY { Errno::BUSY } else { Errno::IO }
}
