//! Descriptors that are closed when they are dropped.

use core::fmt;
use core::mem::ManuallyDrop;

use super::{AsFd, BorrowedFd, RawFd};
use crate::io;

/// A descriptor that is closed when this is dropped. Nobody else closes it.
///
/// As an argument of a program it is whatever descriptor is there.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::os::OwnedFd;
///
/// fn twice(fd: OwnedFd) -> io::Result<(OwnedFd, OwnedFd)> {
///     Ok((fd.try_clone()?, fd))
/// }
/// ```
#[repr(transparent)]
pub struct OwnedFd {
    fd: RawFd,
}

impl OwnedFd {
    /// The descriptor with this number.
    ///
    /// ```no_run
    /// # use cloudabi::{io, os::OwnedFd};
    /// fn duplicate(fd: &OwnedFd) -> io::Result<OwnedFd> {
    ///     // SAFETY: the descriptor is open.
    ///     let fd = unsafe { cloudabi_sys::fd_dup(fd.as_raw_fd()) }?;
    ///     // SAFETY: it is new, and nobody else knows it.
    ///     Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    /// }
    /// ```
    ///
    /// # Safety
    ///
    /// It is open, and nobody else closes it.
    pub const unsafe fn from_raw_fd(fd: RawFd) -> Self {
        OwnedFd { fd }
    }

    /// The number. The descriptor stays open.
    ///
    /// ```no_run
    /// # use cloudabi::os::{OwnedFd, RawFd};
    /// fn leave_open(fd: OwnedFd) -> RawFd {
    ///     fd.into_raw_fd()
    /// }
    /// ```
    pub fn into_raw_fd(self) -> RawFd {
        ManuallyDrop::new(self).fd
    }

    /// The number. It means nothing once the descriptor is closed.
    ///
    /// ```no_run
    /// # use cloudabi::os::OwnedFd;
    /// fn number(fd: &OwnedFd) -> u32 {
    ///     fd.as_raw_fd().0
    /// }
    /// ```
    pub const fn as_raw_fd(&self) -> RawFd {
        self.fd
    }

    /// Makes a second descriptor for the same, with the same rights. Both share position and flags.
    ///
    /// ```no_run
    /// # use cloudabi::{io, os::OwnedFd};
    /// fn two(fd: &OwnedFd) -> io::Result<[OwnedFd; 2]> {
    ///     Ok([fd.try_clone()?, fd.try_clone()?])
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn try_clone(&self) -> io::Result<OwnedFd> {
        self.as_fd().try_clone_to_owned()
    }

    /// Closes it, and tells if data that was accepted earlier could not be written. Dropping it closes it too, and
    /// tells nothing.
    ///
    /// ```no_run
    /// # use cloudabi::{io, os::OwnedFd};
    /// fn finish(fd: OwnedFd) -> io::Result<()> {
    ///     fd.close()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the device failed. The descriptor is closed nevertheless.
    pub fn close(self) -> io::Result<()> {
        // SAFETY: it is open, and nobody uses it any more.
        Ok(unsafe { cloudabi_sys::fd_close(self.into_raw_fd()) }?)
    }
}

impl Drop for OwnedFd {
    fn drop(&mut self) {
        // SAFETY: it is open, and nobody uses it any more.
        let _ = unsafe { cloudabi_sys::fd_close(self.fd) };
    }
}

impl AsFd for OwnedFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: it stays open while it is borrowed.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

impl fmt::Debug for OwnedFd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedFd({})", self.fd.0)
    }
}
