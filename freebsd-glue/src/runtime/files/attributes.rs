//! Attributes of files: `file_stat_fget`, `file_stat_get`, `file_stat_fput`, `file_stat_put`.

use std::mem::MaybeUninit;

use cloudabi_host::deadline::nanoseconds;
use cloudabi_host::descriptors::Guard;
use cloudabi_host::errors::Call;
use cloudabi_host::memory::GuestSlice;
use cloudabi_host::path::{Path, PathBuffer};
use cloudabi_host::types::{Device, Errno, Filestat, Filetype, Fsflags, Inode, Lookupflags, Timestamp};

use super::{Directory, check, number};
use crate::generated::lookupflags_at_to_host;
use crate::headers::{UTIME_NOW, UTIME_OMIT};
use crate::runtime::object::{Object, type_by_mode};
use crate::runtime::{Thread, deadline};

const TIMES: Fsflags = Fsflags::ATIM.union(Fsflags::ATIM_NOW).union(Fsflags::MTIM).union(Fsflags::MTIM_NOW);

/// `file_stat_fget`: fstat(2).
pub fn stat_fget(fd: &Guard<'_, Object>) -> Result<Filestat, Errno> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the kernel fills in the structure.
    check(unsafe { libc::fstat(number(fd.object()), stat.as_mut_ptr()) }, Call::STAT_FGET)?;
    // SAFETY: it did, or had said so.
    let stat = unsafe { stat.assume_init() };
    filestat(&stat, fd.filetype()).map_err(|error| Call::STAT_FGET.answer(error))
}

/// `file_stat_get`: fstatat(2).
pub fn stat_get(
    thread: &Thread,
    directory: Directory<'_>,
    lookup: Lookupflags,
    path: GuestSlice<u8>,
) -> Result<Filestat, Errno> {
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?;
    let flags = lookupflags_at_to_host(lookup).map_err(|_| Errno::INVAL)?;
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the path ends with NUL, and the kernel fills in the structure.
    let result =
        unsafe { libc::fstatat(number(directory), path.as_c_str().as_ptr(), stat.as_mut_ptr(), flags) };
    check(result, Call::STAT_GET)?;
    // SAFETY: it did, or had said so.
    let stat = unsafe { stat.assume_init() };
    filestat(&stat, type_by_mode(stat.st_mode.into())).map_err(|error| Call::STAT_GET.answer(error))
}

/// The type of what a path leads to, without following a link at its end.
pub(super) fn type_of_link(directory: Directory<'_>, path: Path<'_>) -> Result<Filetype, Errno> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    let (flags, path) = (libc::AT_SYMLINK_NOFOLLOW, path.as_c_str().as_ptr());
    // SAFETY: the path ends with NUL, and the kernel fills in the structure.
    check(unsafe { libc::fstatat(number(directory), path, stat.as_mut_ptr(), flags) }, Call::STAT_GET)?;
    // SAFETY: it did, or had said so.
    Ok(type_by_mode(unsafe { stat.assume_init() }.st_mode.into()))
}

/// `file_stat_fput`: ftruncate(2) or futimens(2).
pub fn stat_fput(fd: &Guard<'_, Object>, values: &Filestat, flags: Fsflags) -> Result<(), Errno> {
    let number = number(fd.object());
    if flags == Fsflags::SIZE {
        let size = i64::try_from(values.st_size).map_err(|_| Errno::INVAL)?;
        // SAFETY: the call takes numbers only.
        return check(unsafe { libc::ftruncate(number, size) }, Call::STAT_FPUT);
    }
    if flags.is_empty() || !TIMES.contains(flags) {
        return Err(Errno::INVAL);
    }
    // SAFETY: there are two times.
    check(unsafe { libc::futimens(number, times(values, flags).as_ptr()) }, Call::STAT_FPUT)
}

/// `file_stat_put`: utimensat(2).
pub fn stat_put(
    thread: &Thread,
    directory: Directory<'_>,
    lookup: Lookupflags,
    path: GuestSlice<u8>,
    values: &Filestat,
    flags: Fsflags,
) -> Result<(), Errno> {
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?.as_c_str().as_ptr();
    if !TIMES.contains(flags) {
        return Err(Errno::INVAL);
    }
    let lookup = lookupflags_at_to_host(lookup).map_err(|_| Errno::INVAL)?;
    // SAFETY: the path ends with NUL, and there are two times.
    let result = unsafe { libc::utimensat(number(directory), path, times(values, flags).as_ptr(), lookup) };
    check(result, Call::STAT_PUT)
}

/// Attributes in the ABI's terms.
fn filestat(stat: &libc::stat, filetype: Filetype) -> Result<Filestat, Errno> {
    let time = |seconds, nanos| nanoseconds(seconds, nanos).ok_or(Errno::OVERFLOW);
    Ok(Filestat {
        st_dev: Device(stat.st_dev),
        st_ino: Inode(stat.st_ino),
        st_filetype: filetype,
        st_nlink: stat.st_nlink.try_into().unwrap_or(u32::MAX),
        st_size: stat.st_size.try_into().map_err(|_| Errno::OVERFLOW)?,
        st_atim: time(stat.st_atime, stat.st_atime_nsec)?,
        st_mtim: time(stat.st_mtime, stat.st_mtime_nsec)?,
        st_ctim: time(stat.st_ctime, stat.st_ctime_nsec)?,
        ..Filestat::ZERO
    })
}

fn times(values: &Filestat, flags: Fsflags) -> [libc::timespec; 2] {
    let time = |now, given, value: Timestamp| {
        if flags.contains(now) {
            libc::timespec { tv_sec: 0, tv_nsec: UTIME_NOW }
        } else if flags.contains(given) {
            deadline::timespec(value)
        } else {
            libc::timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }
        }
    };
    [
        time(Fsflags::ATIM_NOW, Fsflags::ATIM, values.st_atim),
        time(Fsflags::MTIM_NOW, Fsflags::MTIM, values.st_mtim),
    ]
}
