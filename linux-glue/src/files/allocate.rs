//! `file_allocate`.

use super::Files;
use super::error::{Call, host};
use cloudabi_host::types::{Errno, Filesize};
use rustix::fd::BorrowedFd;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io;

impl Files {
    /// `file_allocate`: makes sure that there is space for part of a file.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn allocate(
        &self,
        descriptor: BorrowedFd<'_>,
        offset: Filesize,
        length: Filesize,
    ) -> Result<(), Errno> {
        let (Ok(first), Ok(count @ 1..)) = (i64::try_from(offset), i64::try_from(length)) else {
            return Err(Errno::INVAL);
        };
        if first.checked_add(count).is_none() {
            return Err(Errno::FBIG);
        }
        fallocate(descriptor, FallocateFlags::empty(), offset, length).map_err(|error| {
            Call::ALLOCATE.answer(match error {
                io::Errno::ISDIR => Errno::NODEV,
                // A file system that is served by a program, and whose program does not know the request.
                io::Errno::NOSYS => Errno::NOTSUP,
                error => host(error),
            })
        })
    }
}
