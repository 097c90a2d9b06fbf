//! Errors of everything that a program does through descriptors.

use alloc::boxed::Box;
use core::fmt;

use cloudabi_sys::Errno;

use super::ErrorKind;

/// [`core::result::Result`] with [`Error`].
///
/// ```
/// use cloudabi::io;
///
/// fn digit(byte: u8) -> io::Result<u8> {
///     if byte.is_ascii_digit() { Ok(byte - b'0') } else { Err(io::ErrorKind::InvalidData.into()) }
/// }
/// assert_eq!(digit(b'7')?, 7);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub type Result<T> = core::result::Result<T, Error>;

/// Why something could not be done.
///
/// ```
/// use cloudabi::io::{Error, ErrorKind};
/// use cloudabi_sys::Errno;
///
/// let error = Error::from(Errno::NOENT);
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.to_string(), "no such file or directory (noent)");
///
/// let error = Error::new(ErrorKind::InvalidData, "no header");
/// assert_eq!(error.to_string(), "no header");
/// ```
pub struct Error(Cause);

enum Cause {
    Host(Errno),
    Constant(ErrorKind, &'static str),
    Other(ErrorKind, Box<dyn core::error::Error + Send + Sync>),
}

impl Error {
    /// An error of a program's own.
    ///
    /// ```
    /// use cloudabi::io::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::InvalidData, "no header");
    /// assert_eq!(error.to_string(), "no header");
    /// ```
    pub fn new(kind: ErrorKind, cause: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Error(Cause::Other(kind, cause.into()))
    }

    /// An error of a program's own, of kind [`ErrorKind::Other`].
    ///
    /// ```
    /// use cloudabi::io::{Error, ErrorKind};
    ///
    /// let error = Error::other("the moon is full");
    /// assert_eq!((error.kind(), error.to_string()), (ErrorKind::Other, "the moon is full".into()));
    /// ```
    pub fn other(cause: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Error::new(ErrorKind::Other, cause)
    }

    /// An error that needs no memory.
    pub(crate) const fn constant(kind: ErrorKind, message: &'static str) -> Self {
        Error(Cause::Constant(kind, message))
    }

    /// What kind of error it is.
    ///
    /// ```
    /// use cloudabi::io::{Error, ErrorKind};
    ///
    /// let error = Error::from(cloudabi_sys::Errno::NOENT);
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Cause::Host(errno) => ErrorKind::of(*errno),
            Cause::Constant(kind, _) | Cause::Other(kind, _) => *kind,
        }
    }

    /// The host's number for it, if it comes from the host.
    ///
    /// ```
    /// use cloudabi::io::{Error, ErrorKind};
    /// use cloudabi_sys::Errno;
    ///
    /// assert_eq!(Error::from(Errno::MLINK).errno(), Some(Errno::MLINK));
    /// assert_eq!(Error::from(ErrorKind::NotFound).errno(), None);
    /// ```
    pub const fn errno(&self) -> Option<Errno> {
        match &self.0 {
            Cause::Host(errno) => Some(*errno),
            _ => None,
        }
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Error(Cause::Host(errno))
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error::constant(kind, kind.description())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Host(errno) => write!(f, "{} ({errno})", ErrorKind::of(*errno).description()),
            Cause::Constant(_, message) => f.write_str(message),
            Cause::Other(_, cause) => cause.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Host(errno) => f.debug_tuple("Error").field(errno).finish(),
            Cause::Constant(kind, message) => f.debug_tuple("Error").field(kind).field(message).finish(),
            Cause::Other(kind, cause) => f.debug_tuple("Error").field(kind).field(cause).finish(),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.0 {
            Cause::Other(_, cause) => cause.source(),
            _ => None,
        }
    }
}
