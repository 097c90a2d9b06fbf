//! The descriptors that go with argument data.

use alloc::vec::Vec;
use core::cell::RefCell;

use crate::os::{BorrowedFd, OwnedFd, RawFd};
use crate::thread::record;

/// Descriptors in the order in which a value names them first.
#[derive(Default)]
pub(crate) struct Collector {
    /// The numbers that they had, and duplicates, so that it does not matter what becomes of them.
    fds: RefCell<Vec<(RawFd, OwnedFd)>>,
}

impl Collector {
    fn put(&self, fd: BorrowedFd<'_>) -> Result<u32, crate::io::Error> {
        let mut fds = self.fds.borrow_mut();
        let known = fds.iter().position(|(number, _)| *number == fd.as_raw_fd());
        let index = match known {
            Some(index) => index,
            None => {
                fds.push((fd.as_raw_fd(), fd.try_clone_to_owned()?));
                fds.len() - 1
            }
        };
        // There are no more numbers of descriptors than that.
        Ok(index as u32)
    }

    /// Values that are written meanwhile by this thread put their descriptors here.
    pub(super) fn while_current<T>(&self, act: impl FnOnce() -> T) -> T {
        struct Restore(*const Collector);

        impl Drop for Restore {
            fn drop(&mut self) {
                record::with(|record| record.outgoing.set(self.0));
            }
        }

        let _restore = Restore(record::with(|record| record.outgoing.replace(self)));
        act()
    }

    pub(super) fn into_fds(self) -> Vec<OwnedFd> {
        self.fds.into_inner().into_iter().map(|(_, fd)| fd).collect()
    }
}

/// Puts a descriptor into the list of the data that is being written by this thread. Gives its index there.
pub(super) fn put<E: serde::ser::Error>(fd: BorrowedFd<'_>) -> Result<u32, E> {
    let collector = record::with(|record| record.outgoing.get());
    if collector.is_null() {
        return Err(E::custom("descriptors go with arguments only"));
    }
    // SAFETY: `while_current` sets it back before the collector goes.
    unsafe { &*collector }.put(fd).map_err(E::custom)
}
