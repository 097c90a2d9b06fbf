//! `file_create`.

use super::Files;
use super::error::{Call, host};
use super::lookup::End;
use super::walk::Opened;
use cloudabi_host::path::Follow;
use cloudabi_host::path::Path;
use cloudabi_host::types::{Errno, Filetype};
use rustix::fd::BorrowedFd;
use rustix::fs::{Mode, mkdirat};

impl Files {
    /// `file_create`: makes a directory.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn create(&self, directory: BorrowedFd<'_>, path: Path<'_>, filetype: Filetype) -> Result<(), Errno> {
        self.make_directory(directory, path, filetype).map_err(|error| Call::CREATE.answer(error))
    }

    fn make_directory(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        filetype: Filetype,
    ) -> Result<(), Errno> {
        if filetype != Filetype::DIRECTORY {
            return Err(Errno::INVAL);
        }
        let start = Opened::Given(directory);
        let target = self.find(&start, path, Follow::Never)?;
        match &target.last {
            // A slash after it says nothing new: a directory it will be. A link counts as something that exists.
            // Permissions are up to the umask of whoever started the host.
            End::Name(name) => mkdirat(&target, &*name.bytes, Mode::from_raw_mode(0o777)).map_err(host),
            End::Dot | End::DotDot => Err(Errno::EXIST),
        }
    }
}
