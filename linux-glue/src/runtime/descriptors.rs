//! The calls about descriptors themselves: `fd_close`, `fd_create1`, `fd_stat_get`, `fd_stat_put`.

use cloudabi_host::descriptors::{Guard, New, RightsPair};
use cloudabi_host::types::{Errno, Fd, Fdflags, Fdsflags, Fdstat, Filetype};
use rustix::fs::MemfdFlags;

use super::Thread;
use super::object::{Object, error};

/// `fd_close`. Linux tells nothing of use when it closes a file.
pub fn close(thread: &Thread, fd: Fd) -> Result<(), Errno> {
    thread.process.descriptors.remove(fd).map(drop)
}

/// `fd_create1`
pub fn create(thread: &Thread, filetype: Filetype) -> Result<Fd, Errno> {
    if filetype != Filetype::SHARED_MEMORY {
        return Err(Errno::INVAL);
    }
    let file = rustix::fs::memfd_create(c"cloudabi", MemfdFlags::CLOEXEC).map_err(error)?;
    let new = New::unsettled(Object::made(file, filetype), RightsPair::ALL);
    thread.process.descriptors.insert(new).map_err(|(_, error)| error)
}

/// `fd_stat_get`
pub fn stat_get(fd: &Guard<'_, Object>) -> Result<Fdstat, Errno> {
    let RightsPair { base, inheriting } = fd.rights();
    // Neither can fail for an open descriptor. If the kernel says otherwise there is nothing to know about the file.
    let fs_filetype = fd.filetype().unwrap_or(Filetype::UNKNOWN);
    let fs_flags = fd.flags().unwrap_or(Fdflags::empty());
    Ok(Fdstat {
        fs_filetype,
        fs_flags,
        fs_rights_base: base,
        fs_rights_inheriting: inheriting,
        ..Fdstat::ZERO
    })
}

/// `fd_stat_put`
pub fn stat_put(fd: &Guard<'_, Object>, stat: &Fdstat, what: Fdsflags) -> Result<(), Errno> {
    let flags = if what.contains(Fdsflags::FLAGS) { Some(fd.check_flags(stat.fs_flags)) } else { None };
    let put_flags = || match flags {
        Some(flags) => fd.set_flags(flags?),
        None => Ok(()),
    };
    if what.contains(Fdsflags::RIGHTS) {
        let rights = RightsPair { base: stat.fs_rights_base, inheriting: stat.fs_rights_inheriting };
        fd.restrict_after(rights, put_flags)
    } else if what.contains(Fdsflags::FLAGS) {
        put_flags()
    } else {
        Err(Errno::INVAL)
    }
}
