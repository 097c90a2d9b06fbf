//! What the errors of a host's system are called in the definition of each call. They come as the host's table has them.

use crate::types::Errno;

/// An error of mapping.
pub(super) fn of_map(errno: Errno) -> Errno {
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
        // The system holds the descriptor to fewer rights than the program was told of: it was opened otherwise.
        Errno::NOTCAPABLE => Errno::ACCES,
        Errno::NFILE | Errno::NOBUFS => Errno::NOMEM,
        // `EBADF` is what descriptors get that stand for a path only. Devices have errors of their own.
        _ => Errno::NODEV,
    }
}

/// An error of replacing pages by a reservation.
pub(super) fn of_unmap(_: Errno) -> Errno {
    // The arguments are in order, so it can only be about the number of mappings or the memory for their records.
    Errno::NOMEM
}

/// An error of changing protection.
pub(super) fn of_protect(errno: Errno) -> Errno {
    if errno == Errno::NOMEM { Errno::NOMEM } else { Errno::ACCES }
}

/// An error of writing pages to their files.
pub(super) fn of_sync(errno: Errno) -> Errno {
    // What else there is comes from the file system: no room for data whose writing was put off, say.
    if errno == Errno::BUSY { Errno::BUSY } else { Errno::IO }
}
