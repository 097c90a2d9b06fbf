//! Descriptors that somebody else closes.

use core::fmt;
use core::marker::PhantomData;

use super::{OwnedFd, RawFd};
use crate::io;

/// A descriptor that stays open for as long as this is used, and that somebody else closes.
///
/// ```no_run
/// use cloudabi::os::{AsFd, BorrowedFd, OwnedFd};
///
/// fn number(fd: BorrowedFd<'_>) -> u32 {
///     fd.as_raw_fd().0
/// }
///
/// fn show(fd: &OwnedFd) -> u32 {
///     number(fd.as_fd())
/// }
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct BorrowedFd<'fd> {
    fd: RawFd,
    owner: PhantomData<&'fd OwnedFd>,
}

impl<'fd> BorrowedFd<'fd> {
    /// The descriptor with this number.
    ///
    /// ```no_run
    /// # use cloudabi::os::{BorrowedFd, RawFd};
    /// fn first<'fd>() -> BorrowedFd<'fd> {
    ///     // SAFETY: this program never closes its first descriptor.
    ///     unsafe { BorrowedFd::borrow_raw(RawFd(0)) }
    /// }
    /// ```
    ///
    /// # Safety
    ///
    /// It is open, and stays so for as long as what this returns is used.
    pub const unsafe fn borrow_raw(fd: RawFd) -> Self {
        BorrowedFd { fd, owner: PhantomData }
    }

    /// The number. It means nothing once the descriptor is closed.
    ///
    /// ```no_run
    /// # use cloudabi::os::BorrowedFd;
    /// fn number(fd: BorrowedFd<'_>) -> u32 {
    ///     fd.as_raw_fd().0
    /// }
    /// ```
    pub const fn as_raw_fd(self) -> RawFd {
        self.fd
    }

    /// Makes a second descriptor for the same, with the same rights. Both share position and flags.
    ///
    /// ```no_run
    /// # use cloudabi::{io, os::{BorrowedFd, OwnedFd}};
    /// fn keep(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    ///     fd.try_clone_to_owned()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn try_clone_to_owned(self) -> io::Result<OwnedFd> {
        // SAFETY: the descriptor is open.
        let duplicate = unsafe { cloudabi_sys::fd_dup(self.fd) }?;
        // SAFETY: it is new, and nobody else knows it.
        Ok(unsafe { OwnedFd::from_raw_fd(duplicate) })
    }
}

impl fmt::Debug for BorrowedFd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BorrowedFd({})", self.fd.0)
    }
}

/// What holds a descriptor.
///
/// ```no_run
/// # use cloudabi::{fs::File, net::Stream, os::AsFd};
/// fn same(one: &impl AsFd, other: &impl AsFd) -> bool {
///     one.as_fd().as_raw_fd() == other.as_fd().as_raw_fd()
/// }
/// # fn check(file: &File, socket: &Stream) { same(file, socket); }
/// ```
pub trait AsFd {
    /// The descriptor.
    fn as_fd(&self) -> BorrowedFd<'_>;
}

impl AsFd for BorrowedFd<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        *self
    }
}

impl<T: AsFd + ?Sized> AsFd for &T {
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}

impl<T: AsFd + ?Sized> AsFd for &mut T {
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}

impl<T: AsFd + ?Sized> AsFd for alloc::boxed::Box<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}

impl<T: AsFd + ?Sized> AsFd for alloc::sync::Arc<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}

impl<T: AsFd + ?Sized> AsFd for alloc::rc::Rc<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}
