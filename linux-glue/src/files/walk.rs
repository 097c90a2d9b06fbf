//! [`Directory`] on Linux.

use super::error::host;
use cloudabi_host::path::{Directory, Step};
use cloudabi_host::types::Errno;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, openat, readlinkat};
use rustix::io;

/// Opens a directory to look names up in it, and for nothing else.
pub(super) const TO_SEARCH: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open directory: one that was there before, or one that was opened on the way.
#[derive(Debug)]
pub(super) enum Opened<'a> {
    Given(BorrowedFd<'a>),
    Own(OwnedFd),
}

impl AsFd for Opened<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Opened::Given(descriptor) => *descriptor,
            Opened::Own(descriptor) => descriptor.as_fd(),
        }
    }
}

impl Directory for Opened<'_> {
    fn enter(&self, name: &[u8]) -> Result<Step<Self>, Errno> {
        match openat(self, name, TO_SEARCH | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(directory) => Ok(Step::Directory(Opened::Own(directory))),
            Err(io::Errno::NOTDIR) => match self.read_link(name)? {
                Some(target) => Ok(Step::Link(target)),
                None => Err(Errno::NOTDIR),
            },
            Err(error) => Err(host(error)),
        }
    }

    fn read_link(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Errno> {
        match readlinkat(self, name, Vec::new()) {
            Ok(target) => Ok(Some(target.into_bytes())),
            Err(io::Errno::INVAL | io::Errno::NOENT) => Ok(None),
            Err(error) => Err(host(error)),
        }
    }
}
