//! Attributes of files.

use cloudabi_sys::{Device, Filestat, Inode};

use super::FileType;
use crate::time::SystemTime;

/// Attributes of a file.
///
/// ```no_run
/// use cloudabi::fs::Dir;
/// use cloudabi::io;
///
/// fn is_newer(dir: &Dir, one: &str, other: &str) -> io::Result<bool> {
///     Ok(dir.metadata(one)?.modified() > dir.metadata(other)?.modified())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata(Filestat);

impl Metadata {
    /// What it is.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_filetype: Filetype::DIRECTORY, ..Filestat::ZERO });
    /// assert_eq!(metadata.file_type().to_string(), "directory");
    /// ```
    pub fn file_type(&self) -> FileType {
        self.0.st_filetype.into()
    }

    /// Whether it is a regular file.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_filetype: Filetype::REGULAR_FILE, ..Filestat::ZERO });
    /// assert!(metadata.is_file());
    /// ```
    pub fn is_file(&self) -> bool {
        self.file_type().is_file()
    }

    /// Whether it is a directory.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_filetype: Filetype::DIRECTORY, ..Filestat::ZERO });
    /// assert!(metadata.is_dir());
    /// ```
    pub fn is_dir(&self) -> bool {
        self.file_type().is_dir()
    }

    /// Whether it is a symbolic link.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn is_link(dir: &Dir) -> io::Result<bool> {
    ///     Ok(dir.symlink_metadata("current")?.is_symlink())
    /// }
    /// ```
    pub fn is_symlink(&self) -> bool {
        self.file_type().is_symlink()
    }

    /// Its size in bytes; for a symbolic link, the length of what it contains.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_size: 5, ..Filestat::ZERO });
    /// assert_eq!(metadata.len(), 5);
    /// ```
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        self.0.st_size
    }

    /// When its content last changed.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_mtim: 7, ..Filestat::ZERO });
    /// assert_eq!(metadata.modified(), SystemTime::from_timestamp(7));
    /// ```
    pub fn modified(&self) -> SystemTime {
        SystemTime::from_timestamp(self.0.st_mtim)
    }

    /// When it was last read. Hosts may be slow to update this, or never do.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_atim: 7, ..Filestat::ZERO });
    /// assert_eq!(metadata.accessed(), SystemTime::from_timestamp(7));
    /// ```
    pub fn accessed(&self) -> SystemTime {
        SystemTime::from_timestamp(self.0.st_atim)
    }

    /// When its content or its attributes last changed.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_ctim: 7, ..Filestat::ZERO });
    /// assert_eq!(metadata.changed(), SystemTime::from_timestamp(7));
    /// ```
    pub fn changed(&self) -> SystemTime {
        SystemTime::from_timestamp(self.0.st_ctim)
    }

    /// How many names it has.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let metadata = Metadata::from(Filestat { st_nlink: 2, ..Filestat::ZERO });
    /// assert_eq!(metadata.links(), 2);
    /// ```
    pub fn links(&self) -> u32 {
        self.0.st_nlink
    }

    /// Which file it is: two names or descriptors lead to the same file if both numbers are equal.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File}, io};
    /// fn is_current(log: &File, dir: &Dir) -> io::Result<bool> {
    ///     Ok(log.metadata()?.identity() == dir.metadata("log")?.identity())
    /// }
    /// ```
    pub fn identity(&self) -> (Device, Inode) {
        (self.0.st_dev, self.0.st_ino)
    }

    /// As the ABI has it.
    ///
    /// ```
    /// # use cloudabi::{fs::Metadata, time::SystemTime};
    /// # use cloudabi_sys::{Device, Filestat, Filetype, Inode};
    /// let stat = Filestat { st_dev: Device(1), st_ino: Inode(2), ..Filestat::ZERO };
    /// assert_eq!(Metadata::from(stat).to_raw(), stat);
    /// ```
    pub fn to_raw(&self) -> Filestat {
        self.0
    }
}

impl From<Filestat> for Metadata {
    fn from(stat: Filestat) -> Self {
        Metadata(stat)
    }
}
