//! Attributes of files, and times, in the ABI's terms.

use super::error::host;
use crate::generated::{Unsupported, filetype_from_host, filetype_to_host, socket_type_from_host};
use cloudabi_host::types::{Device, Errno, Filestat, Filetype, Inode, Timestamp};
use rustix::fd::AsFd;
use rustix::fs::{FileType, RawMode, Stat, Timespec, fstat};
use rustix::net::sockopt::socket_type;

const NANOSECONDS: u64 = 1_000_000_000;

/// What opening a file has to distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Link,
    Socket,
    Other(Filetype),
}

impl Node {
    pub(super) fn of(descriptor: impl AsFd) -> Result<Node, Errno> {
        let stat = fstat(descriptor).map_err(host)?;
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => Node::Link,
            FileType::Socket => Node::Socket,
            _ => Node::Other(type_by_mode(stat.st_mode)),
        })
    }
}

/// The type as far as the inode tells. A socket is taken for one of streams.
#[inline]
pub(super) fn type_by_mode(mode: RawMode) -> Filetype {
    /// Most files are, and the table is looked up by a jump that the processor may not foresee.
    const REGULAR: Result<RawMode, Unsupported> = filetype_to_host(Filetype::REGULAR_FILE);
    let mode = mode & libc::S_IFMT;
    if matches!(REGULAR, Ok(regular) if regular == mode) {
        return Filetype::REGULAR_FILE;
    }
    match filetype_from_host(mode) {
        [only] => *only,
        types if types.contains(&Filetype::SOCKET_STREAM) => Filetype::SOCKET_STREAM,
        types => types.first().copied().unwrap_or(Filetype::UNKNOWN),
    }
}

/// The type of what a descriptor refers to.
pub(super) fn type_of_descriptor(descriptor: impl AsFd, stat: &Stat) -> Filetype {
    if FileType::from_raw_mode(stat.st_mode) == FileType::Socket
        // A socket in the file system that was opened with `O_PATH` has no kind.
        && let Ok(kind) = socket_type(descriptor)
    {
        return socket_type_from_host(kind.as_raw() as i32);
    }
    type_by_mode(stat.st_mode)
}

/// Attributes in the ABI's terms.
#[inline(always)]
pub(super) fn filestat(stat: &Stat, filetype: Filetype) -> Result<Filestat, Errno> {
    Ok(Filestat {
        st_dev: Device(stat.st_dev),
        st_ino: Inode(stat.st_ino),
        st_filetype: filetype,
        st_nlink: stat.st_nlink.try_into().unwrap_or(u32::MAX),
        st_size: stat.st_size.try_into().map_err(|_| Errno::OVERFLOW)?,
        st_atim: timestamp(stat.st_atime, stat.st_atime_nsec)?,
        st_mtim: timestamp(stat.st_mtime, stat.st_mtime_nsec)?,
        st_ctim: timestamp(stat.st_ctime, stat.st_ctime_nsec)?,
        ..Filestat::ZERO
    })
}

/// Fails for times before 1970 and after 2554.
fn timestamp(seconds: impl TryInto<u64>, nanoseconds: impl TryInto<u64>) -> Result<Timestamp, Errno> {
    let seconds = seconds.try_into().map_err(|_| Errno::OVERFLOW)?;
    let nanoseconds = nanoseconds.try_into().map_err(|_| Errno::OVERFLOW)?;
    seconds.checked_mul(NANOSECONDS).and_then(|time| time.checked_add(nanoseconds)).ok_or(Errno::OVERFLOW)
}

/// A time as system calls take it.
pub(super) fn timespec(time: Timestamp) -> Timespec {
    Timespec { tv_sec: (time / NANOSECONDS).cast_signed(), tv_nsec: (time % NANOSECONDS).cast_signed() }
}
