//! Descriptors: everything that a program reaches, it reaches by one of them, and each says what may be done through it.

mod borrowed;
pub(crate) mod flags;
mod owned;
pub(crate) mod rights;

pub use borrowed::{AsFd, BorrowedFd};
pub use cloudabi_sys::{Fd as RawFd, Rights};
pub use owned::OwnedFd;
pub use rights::{Authority, Restrict};
