//! Reading, writing and positions: `fd_read`, `fd_write`, `fd_pread`, `fd_pwrite`, `fd_seek`, `fd_sync`, `fd_datasync`.
//!
//! Data goes between the kernel and the program's memory without a copy of the runtime's in between. The kernel finds out
//! whether there is memory; what is checked here is that all of it is the program's.

use std::os::fd::{AsRawFd, BorrowedFd};

use cloudabi_host::memory::{GuestMemory, GuestRange, GuestSlice, Plain, Region};
use cloudabi_host::types::{Ciovec, Errno, Filedelta, Filesize, Iovec, Whence};

use super::raw::{self, Piece};
use crate::generated::{errno_from_host, whence_to_host};

/// Most pieces that one call of Linux's takes: `UIO_MAXIOV` of linux/uio.h.
const MOST_PIECES: u64 = 1024;

/// Pieces up to this number need no memory from the heap.
const FEW_PIECES: usize = 8;

/// An element of a list of pieces of memory.
pub trait Buffer: Plain {
    /// Address and size as the program gave them.
    fn parts(&self) -> (u64, u64);
}

impl Buffer for Iovec {
    #[inline(always)]
    fn parts(&self) -> (u64, u64) {
        (self.buf, self.buf_len)
    }
}

impl Buffer for Ciovec {
    #[inline(always)]
    fn parts(&self) -> (u64, u64) {
        (self.buf, self.buf_len)
    }
}

/// Copies a list of pieces in, checks it, and hands it to a call.
#[inline(always)]
pub fn with_pieces<T: Buffer, M: GuestMemory, R>(
    memory: &M,
    list: GuestSlice<T>,
    work: impl FnOnce(&[Piece]) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let region = memory.region();
    if list.len() == 1
        && let Some(only) = list.get(0)
    {
        let (address, size) = only.load(memory)?.parts();
        // The whole region is smaller than half of the address space, so that what lies in it is not too much.
        let piece = match region.range(address, size) {
            Ok(range) => Piece::from(range),
            Err(fault) if i64::try_from(size).is_ok() => return Err(fault.into()),
            Err(_) => return Err(Errno::INVAL),
        };
        return work(&[piece]);
    }
    with_many_pieces(memory, region, list, work)
}

fn with_many_pieces<T: Buffer, M: GuestMemory, R>(
    memory: &M,
    region: Region,
    list: GuestSlice<T>,
    work: impl FnOnce(&[Piece]) -> Result<R, Errno>,
) -> Result<R, Errno> {
    if list.len() > MOST_PIECES {
        return Err(Errno::INVAL);
    }
    let count = list.len() as usize;
    let mut few = [Piece::EMPTY; FEW_PIECES];
    let mut many = Vec::new();
    let pieces = if count <= FEW_PIECES {
        &mut few[..count]
    } else {
        many.resize(count, Piece::EMPTY);
        &mut many[..]
    };
    let mut total: i64 = 0;
    let mut outside = None;
    for (piece, element) in pieces.iter_mut().zip(list.iter(memory)) {
        let (address, size) = element?.parts();
        total = i64::try_from(size).ok().and_then(|size| total.checked_add(size)).ok_or(Errno::INVAL)?;
        match region.range(address, size) {
            Ok(range) => *piece = Piece::from(range),
            // A length that makes no sense counts more than an address that does not.
            Err(fault) => outside = Some(fault),
        }
    }
    match outside {
        Some(fault) => Err(fault.into()),
        None => work(pieces),
    }
}

/// The offset as Linux takes it.
#[inline(always)]
pub fn offset(offset: Filesize) -> Result<u64, Errno> {
    if i64::try_from(offset).is_ok() { Ok(offset) } else { Err(Errno::INVAL) }
}

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
