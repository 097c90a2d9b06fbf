//! Descriptors: everything that a program reaches, it reaches by one of them.

mod borrowed;
mod owned;

pub use borrowed::{AsFd, BorrowedFd};
pub use cloudabi_sys::Fd as RawFd;
pub use owned::OwnedFd;
