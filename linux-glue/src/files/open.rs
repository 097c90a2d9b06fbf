//! `file_open`.

use super::Files;
use super::convert::Node;
use super::error::Call;
use crate::generated::{fdflags_to_host, lookupflags_open_to_host, oflags_to_host};
use cloudabi_host::path::Path;
use cloudabi_host::types::{Errno, Fdstat, Filetype, Lookupflags, Oflags, Rights};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};

/// Rights for whose sake a file is opened for reading.
const FOR_READING: Rights = Rights::FD_READ.union(Rights::FILE_READDIR).union(Rights::MEM_MAP_EXEC);

/// Rights for whose sake a file is opened for writing.
const FOR_WRITING: Rights = Rights::FD_DATASYNC
    .union(Rights::FD_WRITE)
    .union(Rights::FILE_ALLOCATE)
    .union(Rights::FILE_STAT_FPUT_SIZE);

/// Rights that a descriptor made with `O_PATH` cannot serve.
pub(crate) const BEYOND_PATH: Rights = FOR_READING
    .union(FOR_WRITING)
    .union(Rights::FD_SEEK)
    .union(Rights::FD_TELL)
    .union(Rights::FD_SYNC)
    .union(Rights::FD_STAT_PUT_FLAGS)
    .union(Rights::FILE_ADVISE)
    .union(Rights::MEM_MAP)
    .union(Rights::POLL_FD_READWRITE)
    .union(Rights::PROC_EXEC);

/// What was opened.
#[derive(Debug)]
pub struct Opened {
    /// The descriptor.
    pub descriptor: OwnedFd,
    /// Those of the wanted base rights that the descriptor can serve. Which of them make sense for the file's type
    /// remains to be seen.
    pub rights: Rights,
    /// The file's type, where opening found it out. [`Files::filetype`] tells it otherwise.
    pub filetype: Option<Filetype>,
}

impl Files {
    /// `file_open`: opens a file or directory beneath a directory, and makes it if asked to.
    ///
    /// It takes one `openat2`, except that:
    ///
    /// - What is wanted for neither reading nor writing is opened with `O_PATH` if all of the wanted rights can be
    ///   served so: nothing of a device or FIFO is touched, and no permission but to search directories is needed. It
    ///   takes a look at the file as well, since `O_PATH` also opens links and sockets.
    /// - If some of the rights cannot, it is opened for reading. Where the permission to read is missing, `O_PATH` is
    ///   what is left; the descriptor then goes without those rights. This is how a directory that may only be searched
    ///   is opened.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    #[inline]
    pub fn open(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
        oflags: Oflags,
        wanted: &Fdstat,
    ) -> Result<Opened, Errno> {
        self.open_with(directory, path, lookup, oflags, wanted).map_err(|error| Call::OPEN.answer(error))
    }

    #[inline]
    fn open_with(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
        oflags: Oflags,
        wanted: &Fdstat,
    ) -> Result<Opened, Errno> {
        let make = oflags.contains(Oflags::CREAT);
        if make && oflags.contains(Oflags::DIRECTORY) {
            return Err(Errno::INVAL);
        }
        // Linux gives the flag a meaning of its own for block devices.
        let oflags = if make { oflags } else { oflags.difference(Oflags::EXCL) };
        let bits = oflags_to_host(oflags)
            .and_then(|o| Ok(o | fdflags_to_host(wanted.fs_flags)? | lookupflags_open_to_host(lookup)?))
            .map_err(|_| Errno::INVAL)?;
        let rights = wanted.fs_rights_base;
        let read = rights.intersects(FOR_READING);
        let write = rights.intersects(FOR_WRITING);
        let for_path_only = !read && !write && !make && !oflags.contains(Oflags::TRUNC);
        if for_path_only && !rights.intersects(BEYOND_PATH) && wanted.fs_flags.is_empty() {
            return self.open_path(directory, path, bits, rights);
        }

        let access = match (read, write) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            _ => OFlags::RDONLY,
        };
        let flags = OFlags::from_bits_retain(bits as u32) | access | OFlags::CLOEXEC | OFlags::NOCTTY;
        // Permissions are up to the umask of whoever started the host.
        let mode = if make { Mode::from_raw_mode(0o666) } else { Mode::empty() };
        match self.open_beneath(directory, path.as_c_str(), flags, mode) {
            Ok(descriptor) => Ok(Opened { descriptor, rights, filetype: None }),
            Err(Errno::ACCES) if for_path_only => self.open_path(directory, path, bits, rights),
            Err(Errno::NXIO) => Err(self.socket_or_device(directory, path, bits)),
            Err(error) => Err(error),
        }
    }

    /// Opens with `O_PATH`. `bits` may say that the path must lead to a directory and that no link is followed.
    fn open_path(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        bits: i32,
        rights: Rights,
    ) -> Result<Opened, Errno> {
        let kept = OFlags::from_bits_retain(bits as u32) & (OFlags::DIRECTORY | OFlags::NOFOLLOW);
        let flags = OFlags::PATH | OFlags::CLOEXEC | kept;
        let descriptor = self.open_beneath(directory, path.as_c_str(), flags, Mode::empty())?;
        match Node::of(&descriptor)? {
            Node::Link => Err(Errno::LOOP),
            Node::Socket => Err(Errno::NOTSUP),
            Node::Other(filetype) => {
                let rights = rights.difference(BEYOND_PATH);
                Ok(Opened { descriptor, rights, filetype: Some(filetype) })
            }
        }
    }

    /// Why Linux answered `ENXIO`.
    #[cold]
    fn socket_or_device(&self, directory: BorrowedFd<'_>, path: Path<'_>, bits: i32) -> Errno {
        match self.open_path(directory, path, bits, Rights::empty()) {
            Err(Errno::NOTSUP) => Errno::NOTSUP,
            _ => Errno::NXIO,
        }
    }
}
