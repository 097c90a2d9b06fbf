//! `file_rename`.

use super::Files;
use super::error::{Call, host};
use super::lookup::End;
use super::walk::Opened;
use cloudabi_host::path::Follow;
use cloudabi_host::path::Path;
use cloudabi_host::types::Errno;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{RenameFlags, renameat_with};
use rustix::io;

impl Files {
    /// `file_rename`: gives a file or directory another name.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn rename(
        &self,
        old_directory: BorrowedFd<'_>,
        old_path: Path<'_>,
        new_directory: BorrowedFd<'_>,
        new_path: Path<'_>,
    ) -> Result<(), Errno> {
        self.change_name(old_directory, old_path, new_directory, new_path)
            .map_err(|error| Call::RENAME.answer(error))
    }

    fn change_name(
        &self,
        old_directory: BorrowedFd<'_>,
        old_path: Path<'_>,
        new_directory: BorrowedFd<'_>,
        new_path: Path<'_>,
    ) -> Result<(), Errno> {
        let old_start = Opened::Given(old_directory);
        let old = self.find(&old_start, old_path, Follow::BeforeSlash)?;
        let new_start = Opened::Given(new_directory);
        let new = self.find(&new_start, new_path, Follow::BeforeSlash)?;
        let (End::Name(old_name), End::Name(new_name)) = (&old.last, &new.last) else {
            return Err(Errno::INVAL);
        };
        // A slash stays, so that the kernel insists on a directory; it does not follow a link there.
        let (old_name, new_name) = (old_name.with_slash(), new_name.with_slash());
        renameat_with(old.as_fd(), &*old_name, new.as_fd(), &*new_name, RenameFlags::empty()).map_err(
            |error| {
                match error {
                    // Some file systems say so for a directory with entries.
                    io::Errno::EXIST => Errno::NOTEMPTY,
                    error => host(error),
                }
            },
        )
    }
}
