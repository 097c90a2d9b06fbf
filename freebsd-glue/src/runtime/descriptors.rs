//! The calls about descriptors themselves: `fd_close`, `fd_create1`, `fd_stat_get`, `fd_stat_put`.

use std::os::fd::{FromRawFd, OwnedFd};

use cloudabi_host::descriptors::{Guard, New, RightsPair};
use cloudabi_host::types::{Errno, Fd, Fdflags, Fdsflags, Fdstat, Filetype};

use super::object::Object;
use super::{Thread, last_error};

/// Gives something new a number, with those of the rights that make sense for it.
///
/// # Errors
/// [`Errno::MFILE`], and what cap_rights_limit(2) says.
pub fn insert(thread: &Thread, object: Object, rights: RightsPair) -> Result<Fd, Errno> {
    let rights = object.limit(rights)?;
    thread.process.descriptors.insert(New::unsettled(object, rights)).map_err(|(_, error)| error)
}

/// `fd_close`
pub fn close(thread: &Thread, fd: Fd) -> Result<(), Errno> {
    thread.process.descriptors.remove(fd).map(drop)
}

/// `fd_create1`: memory without a name.
pub fn create(thread: &Thread, filetype: Filetype) -> Result<Fd, Errno> {
    if filetype != Filetype::SHARED_MEMORY {
        return Err(Errno::INVAL);
    }
    // SAFETY: the name is the one that stands for none.
    let fd = unsafe { libc::shm_open(libc::SHM_ANON, libc::O_RDWR | libc::O_CLOEXEC, 0) };
    if fd < 0 {
        return Err(last_error());
    }
    // SAFETY: it was made just now.
    let memory = unsafe { OwnedFd::from_raw_fd(fd) };
    insert(thread, Object::made(memory, filetype), RightsPair::ALL)
}

/// `fd_stat_get`
pub fn stat_get(fd: &Guard<'_, Object>) -> Fdstat {
    let RightsPair { base, inheriting } = fd.rights();
    Fdstat {
        fs_filetype: fd.filetype(),
        // It cannot fail for an open descriptor.
        fs_flags: fd.flags().unwrap_or(Fdflags::empty()),
        fs_rights_base: base,
        fs_rights_inheriting: inheriting,
        ..Fdstat::ZERO
    }
}

/// `fd_stat_put`. The kernel's descriptor keeps the rights that it had, since duplicates may share it: these rights are the
/// runtime's to hold the program to.
pub fn stat_put(fd: &Guard<'_, Object>, stat: &Fdstat, what: Fdsflags) -> Result<(), Errno> {
    let put_flags = || if what.contains(Fdsflags::FLAGS) { fd.set_flags(stat.fs_flags) } else { Ok(()) };
    if what.contains(Fdsflags::RIGHTS) {
        let rights = RightsPair { base: stat.fs_rights_base, inheriting: stat.fs_rights_inheriting };
        fd.restrict_after(rights, put_flags)
    } else if what.contains(Fdsflags::FLAGS) {
        put_flags()
    } else {
        Err(Errno::INVAL)
    }
}
