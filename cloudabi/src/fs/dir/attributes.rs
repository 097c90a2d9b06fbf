//! Attributes of what is in a directory, and of the directory itself.

use cloudabi_sys::{Lookup, Lookupflags};

use super::Dir;
use crate::fs::{FileTimes, Metadata};
use crate::io;
use crate::os::AsFd as _;

impl Dir {
    fn lookup(&self, flags: Lookupflags) -> Lookup {
        Lookup { fd: self.as_fd().as_raw_fd(), flags }
    }

    /// Attributes of a file. A symbolic link at the end of the path is followed.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn size(dir: &Dir) -> io::Result<u64> {
    ///     Ok(dir.metadata("motd")?.len())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound), and many more.
    pub fn metadata(&self, path: impl AsRef<[u8]>) -> io::Result<Metadata> {
        let lookup = self.lookup(Lookupflags::SYMLINK_FOLLOW);
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_stat_get(lookup, path.as_ref()) }?.into())
    }

    /// Attributes of a file, or of the symbolic link at the end of the path.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn is_link(dir: &Dir) -> io::Result<bool> {
    ///     Ok(dir.symlink_metadata("current")?.is_symlink())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::metadata`].
    pub fn symlink_metadata(&self, path: impl AsRef<[u8]>) -> io::Result<Metadata> {
        let lookup = self.lookup(Lookupflags::empty());
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_stat_get(lookup, path.as_ref()) }?.into())
    }

    /// Attributes of the directory itself.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn same(one: &Dir, other: &Dir) -> io::Result<bool> {
    ///     Ok(one.dir_metadata()?.identity() == other.dir_metadata()?.identity())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor is not to tell.
    pub fn dir_metadata(&self) -> io::Result<Metadata> {
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_stat_fget(self.as_fd().as_raw_fd()) }?.into())
    }

    /// Whether there is something of this name.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn is_locked(dir: &Dir) -> io::Result<bool> {
    ///     dir.exists("lock")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::metadata`], but not for [`NotFound`](io::ErrorKind::NotFound).
    pub fn exists(&self, path: impl AsRef<[u8]>) -> io::Result<bool> {
        match self.metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sets times of a file. A symbolic link at the end of the path is followed.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, FileTimes}, io, time::SystemTime};
    /// fn backdate(dir: &Dir) -> io::Result<()> {
    ///     dir.set_times("file", FileTimes::new().modified(SystemTime::UNIX_EPOCH))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::metadata`].
    pub fn set_times(&self, path: impl AsRef<[u8]>, times: FileTimes) -> io::Result<()> {
        let (stat, flags) = times.to_raw();
        let lookup = self.lookup(Lookupflags::SYMLINK_FOLLOW);
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_stat_put(lookup, path.as_ref(), &stat, flags) }?)
    }

    /// Waits until the names in the directory are on their device.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn publish(dir: &Dir) -> io::Result<()> {
    ///     dir.rename("page.new", dir, "page")?;
    ///     dir.sync()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the device failed.
    pub fn sync(&self) -> io::Result<()> {
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::fd_sync(self.as_fd().as_raw_fd()) }?)
    }
}
