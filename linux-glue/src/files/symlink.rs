//! `file_symlink`.

use super::Files;
use super::error::{Call, host};
use super::lookup::End;
use super::walk::Opened;
use cloudabi_host::path::Follow;
use cloudabi_host::path::Path;
use cloudabi_host::types::Errno;
use rustix::fd::BorrowedFd;
use rustix::fs::symlinkat;

impl Files {
    /// `file_symlink`: makes a symbolic link that contains `content`, whatever that leads to.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn symlink(&self, content: Path<'_>, directory: BorrowedFd<'_>, path: Path<'_>) -> Result<(), Errno> {
        self.make_link(content, directory, path).map_err(|error| Call::SYMLINK.answer(error))
    }

    fn make_link(&self, content: Path<'_>, directory: BorrowedFd<'_>, path: Path<'_>) -> Result<(), Errno> {
        let start = Opened::Given(directory);
        let target = self.find(&start, path, Follow::Never)?;
        match &target.last {
            // With a slash, Linux answers `EEXIST` or `ENOENT`: a link is no directory.
            End::Name(name) => symlinkat(content.as_c_str(), &target, &*name.with_slash()).map_err(host),
            End::Dot | End::DotDot => Err(Errno::EXIST),
        }
    }
}
