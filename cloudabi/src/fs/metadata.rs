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
    pub fn file_type(&self) -> FileType {
        self.0.st_filetype.into()
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.file_type().is_file()
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.file_type().is_dir()
    }

    /// Whether it is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        self.file_type().is_symlink()
    }

    /// Its size in bytes; for a symbolic link, the length of what it contains.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        self.0.st_size
    }

    /// When its content last changed.
    pub fn modified(&self) -> SystemTime {
        SystemTime::from_timestamp(self.0.st_mtim)
    }

    /// When it was last read. Hosts may be slow to update this, or never do.
    pub fn accessed(&self) -> SystemTime {
        SystemTime::from_timestamp(self.0.st_atim)
    }

    /// When its content or its attributes last changed.
    pub fn changed(&self) -> SystemTime {
        SystemTime::from_timestamp(self.0.st_ctim)
    }

    /// How many names it has.
    pub fn links(&self) -> u32 {
        self.0.st_nlink
    }

    /// Which file it is: two names or descriptors lead to the same file if both numbers are equal.
    pub fn identity(&self) -> (Device, Inode) {
        (self.0.st_dev, self.0.st_ino)
    }

    /// As the ABI has it.
    pub fn to_raw(&self) -> Filestat {
        self.0
    }
}

impl From<Filestat> for Metadata {
    fn from(stat: Filestat) -> Self {
        Metadata(stat)
    }
}
