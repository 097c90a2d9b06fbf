//! How to open files.

use cloudabi_sys::{Fdflags, Fdstat, Lookup, Lookupflags, Oflags, Rights};

use super::{Dir, File};
use crate::io;
use crate::os::rights::stat;
use crate::os::{AsFd as _, Authority, OwnedFd};

/// Rights for which the host opens a file for writing. A file that is not to be written must not have them.
const WRITING: Rights = Rights::FD_WRITE
    .union(Rights::FD_DATASYNC)
    .union(Rights::FILE_ALLOCATE)
    .union(Rights::FILE_STAT_FPUT_SIZE);

/// Rights for which the host opens a file for reading. A file that is not to be read must not have them.
const READING: Rights = Rights::FD_READ.union(Rights::FILE_READDIR).union(Rights::MEM_MAP_EXEC);

/// How to open a file, and whether to make it.
///
/// The new descriptor may do what the directory lets it inherit, as far as that is reading or writing as asked for, and
/// nothing else; [`OpenOptions::authority`] asks for less.
///
/// ```no_run
/// use cloudabi::fs::{Dir, File, OpenOptions};
/// use cloudabi::io;
///
/// fn log(dir: &Dir) -> io::Result<File> {
///     OpenOptions::new().append(true).create(true).open(dir, "log")
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    read: bool,
    write: bool,
    append: bool,
    truncate: bool,
    create: bool,
    create_new: bool,
    follow: bool,
    flags: Fdflags,
    authority: Option<Authority>,
}

/// Declares a method that switches something on or off.
macro_rules! switches {
    ($($(#[$meta:meta])* $name:ident;)*) => {
        $(
            $(#[$meta])*
            #[must_use]
            pub const fn $name(self, on: bool) -> Self {
                OpenOptions { $name: on, ..self }
            }
        )*
    };
}

impl OpenOptions {
    /// Nothing of it; symbolic links are followed.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io};
    /// fn open(dir: &Dir) -> io::Result<File> {
    ///     OpenOptions::new().read(true).open(dir, "file")
    /// }
    /// ```
    pub const fn new() -> Self {
        OpenOptions {
            read: false,
            write: false,
            append: false,
            truncate: false,
            create: false,
            create_new: false,
            follow: true,
            flags: Fdflags::empty(),
            authority: None,
        }
    }

    switches! {
        /// To read it.
        read;
        /// To write it.
        write;
        /// To write to its end: each write goes there.
        append;
        /// Make it empty, if it is a regular file that is written.
        truncate;
        /// Make it if it does not exist.
        create;
        /// Make it, and fail if there is something of this name, even a symbolic link.
        create_new;
        /// Follow a symbolic link at the end of the path. Those on the way are always followed.
        follow;
    }

    const fn flag(self, flag: Fdflags, on: bool) -> Self {
        let flags = if on { self.flags.union(flag) } else { self.flags.difference(flag) };
        OpenOptions { flags, ..self }
    }

    /// What would have to wait fails with [`WouldBlock`](io::ErrorKind::WouldBlock) instead. Not for regular files.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io};
    /// fn open(dir: &Dir) -> io::Result<File> {
    ///     OpenOptions::new().read(true).nonblocking(true).open(dir, "fifo")
    /// }
    /// ```
    #[must_use]
    pub const fn nonblocking(self, on: bool) -> Self {
        self.flag(Fdflags::NONBLOCK, on)
    }

    /// A write returns only when the data and all attributes are on the device.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io};
    /// fn open(dir: &Dir) -> io::Result<File> {
    ///     OpenOptions::new().append(true).sync(true).open(dir, "journal")
    /// }
    /// ```
    #[must_use]
    pub const fn sync(self, on: bool) -> Self {
        self.flag(Fdflags::SYNC, on)
    }

    /// A write returns only when the data is on the device.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io};
    /// fn open(dir: &Dir) -> io::Result<File> {
    ///     OpenOptions::new().write(true).data_sync(true).open(dir, "database")
    /// }
    /// ```
    #[must_use]
    pub const fn data_sync(self, on: bool) -> Self {
        self.flag(Fdflags::DSYNC, on)
    }

    /// The new descriptor may do at most this.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io, os::Authority};
    /// fn readable_only(dir: &Dir) -> io::Result<File> {
    ///     OpenOptions::new().read(true).authority(Authority::READ_FILE).open(dir, "file")
    /// }
    /// ```
    #[must_use]
    pub const fn authority(self, authority: Authority) -> Self {
        OpenOptions { authority: Some(authority), ..self }
    }

    /// Opens a file.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io};
    /// fn both_ways(dir: &Dir) -> io::Result<File> {
    ///     OpenOptions::new().read(true).write(true).create(true).open(dir, "file")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound), [`NotCapable`](io::ErrorKind::NotCapable) if the directory does not
    /// allow what is asked for or the path leads out of it, and many more.
    pub fn open(&self, dir: &Dir, path: impl AsRef<[u8]>) -> io::Result<File> {
        self.open_fd(dir, path.as_ref(), Oflags::empty()).map(File::from)
    }

    /// Opens a directory. What is beneath it may be reached through it as through the one that it is in.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, OpenOptions}, io, os::Authority};
    /// fn below(dir: &Dir) -> io::Result<Dir> {
    ///     OpenOptions::new().authority(Authority::READ_TREE).open_dir(dir, "sub")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`OpenOptions::open`].
    pub fn open_dir(&self, dir: &Dir, path: impl AsRef<[u8]>) -> io::Result<Dir> {
        self.open_fd(dir, path.as_ref(), Oflags::DIRECTORY).map(Dir::from)
    }

    fn open_fd(&self, dir: &Dir, path: &[u8], more: Oflags) -> io::Result<OwnedFd> {
        let stat = self.wish(stat(dir.as_fd())?.fs_rights_inheriting, more);
        let flags = if self.follow { Lookupflags::SYMLINK_FOLLOW } else { Lookupflags::empty() };
        let lookup = Lookup { fd: dir.as_fd().as_raw_fd(), flags };
        // SAFETY: the directory is open.
        let fd = unsafe { cloudabi_sys::file_open(lookup, path, self.oflags().union(more), &stat) }?;
        // SAFETY: it is new, and nobody else knows it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    const fn oflags(&self) -> Oflags {
        let mut oflags = Oflags::empty();
        if self.create || self.create_new {
            oflags = oflags.union(Oflags::CREAT);
        }
        if self.create_new {
            oflags = oflags.union(Oflags::EXCL);
        }
        if self.truncate {
            oflags = oflags.union(Oflags::TRUNC);
        }
        oflags
    }

    /// What to ask the host for, where the directory lets this be inherited.
    fn wish(&self, inheriting: Rights, more: Oflags) -> Fdstat {
        let write = self.write || self.append;
        let mut base = inheriting;
        let mut needed = Rights::empty();
        if !write {
            base = base.difference(WRITING);
        } else {
            needed = needed.union(Rights::FD_WRITE);
        }
        if more.contains(Oflags::DIRECTORY) {
            // It is read as a directory, if that is allowed; nothing is needed.
        } else if !self.read {
            base = base.difference(READING);
        } else {
            needed = needed.union(Rights::FD_READ);
        }
        let mut inheriting = inheriting;
        if let Some(authority) = self.authority {
            base = base.intersection(authority.own);
            inheriting = inheriting.intersection(authority.inheriting);
        }
        let flags = if self.append { self.flags.union(Fdflags::APPEND) } else { self.flags };
        Fdstat {
            fs_flags: flags,
            // What is needed and cannot be had is asked for nevertheless, so that opening fails and not what follows.
            fs_rights_base: base.union(needed),
            fs_rights_inheriting: inheriting,
            ..Fdstat::ZERO
        }
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes() {
        let all = Rights::all();
        let rights =
            |options: OpenOptions, inheriting| options.wish(inheriting, Oflags::empty()).fs_rights_base;
        let read = rights(OpenOptions::new().read(true), all);
        assert!(read.contains(Rights::FD_READ | Rights::MEM_MAP_EXEC) && !read.intersects(WRITING));
        let write = rights(OpenOptions::new().write(true), all);
        assert!(write.contains(WRITING) && !write.intersects(READING));
        let append = OpenOptions::new().append(true).wish(all, Oflags::empty());
        assert_eq!(append.fs_flags, Fdflags::APPEND);
        // What cannot be had is asked for, if it is what the file is opened for, and nothing else is.
        assert_eq!(rights(OpenOptions::new().read(true), Rights::empty()), Rights::FD_READ);
        let less = Authority { own: Rights::FD_READ, inheriting: Rights::empty() };
        assert_eq!(rights(OpenOptions::new().read(true).authority(less), all), Rights::FD_READ);
        let dir = OpenOptions::new().wish(all, Oflags::DIRECTORY);
        assert!(dir.fs_rights_base.contains(Rights::FILE_READDIR) && !dir.fs_rights_base.intersects(WRITING));
        assert_eq!(dir.fs_rights_inheriting, all);
    }

    #[test]
    fn what_to_make() {
        assert_eq!(OpenOptions::new().oflags(), Oflags::empty());
        assert_eq!(OpenOptions::new().create_new(true).oflags(), Oflags::CREAT | Oflags::EXCL);
        assert_eq!(OpenOptions::new().create(true).truncate(true).oflags(), Oflags::CREAT | Oflags::TRUNC);
    }
}
