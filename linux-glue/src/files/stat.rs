//! `file_stat_get` and `file_stat_fget`.

use super::convert::{filestat, type_by_mode, type_of_descriptor};
use super::error::{Call, host};
use super::lookup::follows;
use super::{Files, Walk};
use cloudabi_host::path::Path;
use cloudabi_host::types::{Errno, Filestat, Filetype, Lookupflags};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, statat};

impl Files {
    /// `file_stat_get`: tells the attributes of a file that a path leads to.
    ///
    /// A single component that is no link to follow takes one `newfstatat`. Everything else is opened with `O_PATH` and
    /// looked at.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    #[inline]
    pub fn stat_get(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
    ) -> Result<Filestat, Errno> {
        self.attributes_of_path(directory, path, lookup).map_err(|error| Call::STAT_GET.answer(error))
    }

    // After a system call the processor does not foresee returns: each level of calls is felt. So are copies of what the
    // kernel has just written; there are none if each path looks at its own.
    #[inline(always)]
    fn attributes_of_path(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
    ) -> Result<Filestat, Errno> {
        if self.walk == Walk::Kernel && path.is_plain_name() {
            let stat = statat(directory, path.as_c_str(), AtFlags::SYMLINK_NOFOLLOW).map_err(host)?;
            let link = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
            if !link || !follows(lookup)? {
                return filestat(&stat, type_by_mode(stat.st_mode));
            }
        }
        let stat = fstat(self.open_path_only(directory, path, lookup)?).map_err(host)?;
        filestat(&stat, type_by_mode(stat.st_mode))
    }

    /// Opens what a path leads to, whatever it is, to look at it and no more.
    #[inline(always)]
    pub(super) fn open_path_only(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
    ) -> Result<OwnedFd, Errno> {
        let follow = if follows(lookup)? { OFlags::empty() } else { OFlags::NOFOLLOW };
        self.open_beneath(directory, path.as_c_str(), OFlags::PATH | OFlags::CLOEXEC | follow, Mode::empty())
    }

    /// `file_stat_fget`: tells the attributes of the file that a descriptor refers to.
    ///
    /// `known` is the type where the descriptor table knows better than the inode: shared memory and processes.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn stat_fget(&self, descriptor: BorrowedFd<'_>, known: Option<Filetype>) -> Result<Filestat, Errno> {
        fstat(descriptor)
            .map_err(host)
            .and_then(|stat| filestat(&stat, known.unwrap_or_else(|| type_of_descriptor(descriptor, &stat))))
            .map_err(|error| Call::STAT_FGET.answer(error))
    }

    /// The type of what a descriptor refers to, as far as Linux knows: shared memory shows itself as a regular file, a
    /// process as [`Filetype::UNKNOWN`].
    ///
    /// # Errors
    /// [`Errno::IO`], [`Errno::NOMEM`].
    pub fn filetype(descriptor: impl AsFd) -> Result<Filetype, Errno> {
        let stat = fstat(&descriptor).map_err(|error| Call::STAT_FGET.answer(host(error)))?;
        Ok(type_of_descriptor(descriptor, &stat))
    }
}
