//! Reading, writing and positions of any descriptor: what files and sockets have in common.

use cloudabi_sys::Whence;

use super::{IoSlice, IoSliceMut, Result, SeekFrom};
use crate::os::BorrowedFd;

pub(crate) fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize> {
    read_vectored(fd, &mut [IoSliceMut::new(buffer)])
}

pub(crate) fn read_vectored(fd: BorrowedFd<'_>, buffers: &mut [IoSliceMut<'_>]) -> Result<usize> {
    // SAFETY: the pieces are borrowed exclusively.
    Ok(unsafe { cloudabi_sys::fd_read(fd.as_raw_fd(), IoSliceMut::as_raw(buffers)) }?)
}

pub(crate) fn write(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize> {
    write_vectored(fd, &[IoSlice::new(bytes)])
}

pub(crate) fn write_vectored(fd: BorrowedFd<'_>, pieces: &[IoSlice<'_>]) -> Result<usize> {
    // SAFETY: the pieces are borrowed.
    Ok(unsafe { cloudabi_sys::fd_write(fd.as_raw_fd(), IoSlice::as_raw(pieces)) }?)
}

pub(crate) fn read_vectored_at(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
    offset: u64,
) -> Result<usize> {
    // SAFETY: the pieces are borrowed exclusively.
    Ok(unsafe { cloudabi_sys::fd_pread(fd.as_raw_fd(), IoSliceMut::as_raw(buffers), offset) }?)
}

pub(crate) fn write_vectored_at(fd: BorrowedFd<'_>, pieces: &[IoSlice<'_>], offset: u64) -> Result<usize> {
    // SAFETY: the pieces are borrowed.
    Ok(unsafe { cloudabi_sys::fd_pwrite(fd.as_raw_fd(), IoSlice::as_raw(pieces), offset) }?)
}

pub(crate) fn seek(fd: BorrowedFd<'_>, position: SeekFrom) -> Result<u64> {
    let (offset, whence) = match position {
        // The host answers a number that is less than zero as it answers one that is too large.
        SeekFrom::Start(offset) => (offset as i64, Whence::SET),
        SeekFrom::End(offset) => (offset, Whence::END),
        SeekFrom::Current(offset) => (offset, Whence::CUR),
    };
    // SAFETY: the call changes nothing of the program's.
    Ok(unsafe { cloudabi_sys::fd_seek(fd.as_raw_fd(), offset, whence) }?)
}

/// Reading from and writing to types that hold a descriptor. Nothing is buffered, so that there is nothing to flush.
macro_rules! transfer {
    ($($ty:ty)*) => {
        $(
            impl $crate::io::Read for $ty {
                fn read(&mut self, buffer: &mut [u8]) -> $crate::io::Result<usize> {
                    $crate::io::fd::read($crate::os::AsFd::as_fd(self), buffer)
                }

                fn read_vectored(&mut self, buffers: &mut [$crate::io::IoSliceMut<'_>]) -> $crate::io::Result<usize> {
                    $crate::io::fd::read_vectored($crate::os::AsFd::as_fd(self), buffers)
                }
            }

            impl $crate::io::Write for $ty {
                fn write(&mut self, bytes: &[u8]) -> $crate::io::Result<usize> {
                    $crate::io::fd::write($crate::os::AsFd::as_fd(self), bytes)
                }

                fn flush(&mut self) -> $crate::io::Result<()> {
                    Ok(())
                }

                fn write_vectored(&mut self, pieces: &[$crate::io::IoSlice<'_>]) -> $crate::io::Result<usize> {
                    $crate::io::fd::write_vectored($crate::os::AsFd::as_fd(self), pieces)
                }
            }
        )*
    };
}

pub(crate) use transfer;
