//! `file_readlink`.

use super::Files;
use super::error::{Call, host};
use super::lookup::End;
use super::walk::Opened;
use cloudabi_host::path::Follow;
use cloudabi_host::path::Path;
use cloudabi_host::types::Errno;
use rustix::fd::BorrowedFd;
use rustix::fs::readlinkat_raw;
use std::mem::MaybeUninit;

impl Files {
    /// `file_readlink`: puts what a symbolic link contains into `buffer`, as far as it fits, and returns how much that
    /// is. No link of Linux's contains more than [`LONGEST_PATH`](super::LONGEST_PATH) bytes.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn readlink<'b>(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        buffer: &'b mut [MaybeUninit<u8>],
    ) -> Result<&'b [u8], Errno> {
        self.read_content(directory, path, buffer).map_err(|error| Call::READLINK.answer(error))
    }

    fn read_content<'b>(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        buffer: &'b mut [MaybeUninit<u8>],
    ) -> Result<&'b [u8], Errno> {
        let start = Opened::Given(directory);
        let target = self.find(&start, path, Follow::BeforeSlash)?;
        let End::Name(name) = &target.last else { return Err(Errno::INVAL) };
        if name.slash {
            // It must be a directory, which is no link.
            return Err(target.refuse_directory(name, Errno::INVAL));
        }
        if buffer.is_empty() {
            // The kernel wants room for something.
            readlinkat_raw(&target, &*name.bytes, &mut [MaybeUninit::uninit(); 1]).map_err(host)?;
            return Ok(&[]);
        }
        let (content, _) = readlinkat_raw(&target, &*name.bytes, buffer).map_err(host)?;
        Ok(content)
    }
}
