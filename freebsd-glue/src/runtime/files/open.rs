//! `file_open`: openat(2).

use std::os::fd::{FromRawFd, OwnedFd};

use cloudabi_host::descriptors::{New, RightsPair};
use cloudabi_host::errors::Call;
use cloudabi_host::memory::GuestSlice;
use cloudabi_host::path::PathBuffer;
use cloudabi_host::types::{Errno, Fd, Fdflags, Fdstat, Filetype, Lookupflags, Oflags, Rights};

use super::{Directory, number};
use crate::generated::{fdflags_to_host, lookupflags_open_to_host, oflags_to_host};
use crate::runtime::object::Object;
use crate::runtime::{Thread, last_error};

/// Rights for whose sake a file is opened for reading.
const FOR_READING: Rights = Rights::FD_READ.union(Rights::FILE_READDIR).union(Rights::MEM_MAP_EXEC);

/// Rights for whose sake a file is opened for writing.
const FOR_WRITING: Rights = Rights::FD_DATASYNC
    .union(Rights::FD_WRITE)
    .union(Rights::FILE_ALLOCATE)
    .union(Rights::FILE_STAT_FPUT_SIZE);

/// `file_open`
pub fn open(
    thread: &Thread,
    directory: Directory<'_>,
    lookup: Lookupflags,
    path: GuestSlice<u8>,
    oflags: Oflags,
    wanted: &Fdstat,
) -> Result<Fd, Errno> {
    let rights = RightsPair { base: wanted.fs_rights_base, inheriting: wanted.fs_rights_inheriting };
    let most = directory.rights().inheriting;
    if !(RightsPair { base: most, inheriting: most }).contains(rights) {
        return Err(Errno::NOTCAPABLE);
    }
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?;
    let flags = host_flags(lookup, oflags, wanted)?;
    // Permissions are up to the umask of whoever started the host.
    // SAFETY: the path ends with NUL.
    let fd = unsafe { libc::openat(number(directory), path.as_c_str().as_ptr(), flags, 0o666) };
    if fd < 0 {
        return Err(Call::OPEN.answer(match last_error() {
            // A link that is not to be followed.
            Errno::MLINK => Errno::LOOP,
            error => error,
        }));
    }
    // SAFETY: it was opened just now.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let object = Object::new(fd, wanted.fs_flags).map_err(|error| Call::OPEN.answer(error))?;
    let rights = match object.filetype() {
        // It is opened for neither reading nor writing, whatever is wanted of it.
        Filetype::DIRECTORY => RightsPair { base: rights.base.difference(Rights::FD_WRITE), ..rights },
        _ => rights,
    };
    let rights = object.limit(rights).map_err(|error| Call::OPEN.answer(error))?;
    thread.process.descriptors.insert(New::unsettled(object, rights)).map_err(|(_, error)| error)
}

/// The flags of openat(2).
fn host_flags(lookup: Lookupflags, oflags: Oflags, wanted: &Fdstat) -> Result<i32, Errno> {
    let make = oflags.contains(Oflags::CREAT);
    if make && oflags.contains(Oflags::DIRECTORY) {
        return Err(Errno::INVAL);
    }
    // FreeBSD has no synchronised reading: by itself the flag does nothing.
    let fdflags = wanted.fs_flags.difference(Fdflags::RSYNC);
    if !wanted.fs_flags.is_defined() {
        return Err(Errno::INVAL);
    }
    let bits = oflags_to_host(oflags)
        .and_then(|o| Ok(o | fdflags_to_host(fdflags)? | lookupflags_open_to_host(lookup)?))
        .map_err(|_| Errno::INVAL)?;
    let rights = wanted.fs_rights_base;
    let access = match (rights.intersects(FOR_READING), rights.intersects(FOR_WRITING)) {
        (true, true) => libc::O_RDWR,
        (false, true) => libc::O_WRONLY,
        _ => libc::O_RDONLY,
    };
    // What the descriptor is cut down to by the directory's limit, or may never exceed: see `Object::limit`.
    Ok(bits | access | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_RESOLVE_BENEATH)
}
