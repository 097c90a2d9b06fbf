//! What files are.

use core::fmt;

use cloudabi_sys::Filetype;

/// What a file or a descriptor is.
///
/// ```
/// use cloudabi::fs::FileType;
/// use cloudabi_sys::Filetype;
///
/// let directory = FileType::from(Filetype::DIRECTORY);
/// assert!(directory.is_dir() && !directory.is_file());
/// assert_eq!(directory.to_string(), "directory");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileType(Filetype);

impl FileType {
    /// Whether it is a regular file.
    ///
    /// ```
    /// # use cloudabi::fs::FileType;
    /// # use cloudabi_sys::Filetype;
    /// assert!(FileType::from(Filetype::REGULAR_FILE).is_file());
    /// ```
    pub const fn is_file(self) -> bool {
        self.0.0 == Filetype::REGULAR_FILE.0
    }

    /// Whether it is a directory.
    ///
    /// ```
    /// # use cloudabi::fs::FileType;
    /// # use cloudabi_sys::Filetype;
    /// assert!(FileType::from(Filetype::DIRECTORY).is_dir());
    /// ```
    pub const fn is_dir(self) -> bool {
        self.0.0 == Filetype::DIRECTORY.0
    }

    /// Whether it is a symbolic link.
    ///
    /// ```
    /// # use cloudabi::fs::FileType;
    /// # use cloudabi_sys::Filetype;
    /// assert!(FileType::from(Filetype::SYMBOLIC_LINK).is_symlink());
    /// ```
    pub const fn is_symlink(self) -> bool {
        self.0.0 == Filetype::SYMBOLIC_LINK.0
    }

    /// Whether it is a socket, or a pipe of the host's.
    ///
    /// ```
    /// # use cloudabi::fs::FileType;
    /// # use cloudabi_sys::Filetype;
    /// assert!(FileType::from(Filetype::SOCKET_DGRAM).is_socket());
    /// ```
    pub const fn is_socket(self) -> bool {
        matches!(self.0, Filetype::SOCKET_DGRAM | Filetype::SOCKET_STREAM)
    }

    /// Whether the host did not say what it is.
    ///
    /// ```
    /// # use cloudabi::fs::FileType;
    /// # use cloudabi_sys::Filetype;
    /// assert!(FileType::from(Filetype::UNKNOWN).is_unknown());
    /// ```
    pub const fn is_unknown(self) -> bool {
        self.0.0 == Filetype::UNKNOWN.0
    }

    /// As the ABI has it.
    ///
    /// ```
    /// # use cloudabi::fs::FileType;
    /// # use cloudabi_sys::Filetype;
    /// assert_eq!(FileType::from(Filetype::DIRECTORY).to_raw(), Filetype::DIRECTORY);
    /// ```
    pub const fn to_raw(self) -> Filetype {
        self.0
    }
}

impl From<Filetype> for FileType {
    fn from(filetype: Filetype) -> Self {
        FileType(filetype)
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileType({})", self.0)
    }
}
