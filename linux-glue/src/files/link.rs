//! `file_link`.

use super::Files;
use super::error::{Call, host};
use super::lookup::{End, follows};
use super::walk::Opened;
use cloudabi_host::path::Follow;
use cloudabi_host::path::Path;
use cloudabi_host::types::{Errno, Lookupflags};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, linkat};

impl Files {
    /// `file_link`: gives a file one more name.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn link(
        &self,
        old_directory: BorrowedFd<'_>,
        old_path: Path<'_>,
        lookup: Lookupflags,
        new_directory: BorrowedFd<'_>,
        new_path: Path<'_>,
    ) -> Result<(), Errno> {
        self.add_name(old_directory, old_path, lookup, new_directory, new_path)
            .map_err(|error| Call::LINK.answer(error))
    }

    fn add_name(
        &self,
        old_directory: BorrowedFd<'_>,
        old_path: Path<'_>,
        lookup: Lookupflags,
        new_directory: BorrowedFd<'_>,
        new_path: Path<'_>,
    ) -> Result<(), Errno> {
        let follow = if follows(lookup)? { Follow::Always } else { Follow::BeforeSlash };
        let old_start = Opened::Given(old_directory);
        let old = self.find(&old_start, old_path, follow)?;
        let End::Name(old_name) = &old.last else { return Err(Errno::PERM) };
        if old_name.slash {
            // It must be a directory, and then it cannot be linked.
            return Err(old.refuse_directory(old_name, Errno::PERM));
        }
        let new_start = Opened::Given(new_directory);
        let new = self.find(&new_start, new_path, Follow::Never)?;
        let End::Name(new_name) = &new.last else { return Err(Errno::EXIST) };
        // Links to follow were followed. `EXDEV` means two file systems here.
        linkat(old.as_fd(), &*old_name.bytes, new.as_fd(), &*new_name.with_slash(), AtFlags::empty())
            .map_err(host)
    }
}
