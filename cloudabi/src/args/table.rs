//! The descriptors that come with argument data, until the types that name them take them.

use alloc::vec::Vec;
use core::cell::RefCell;

use cloudabi_argdata::Argdata;

use crate::os::{OwnedFd, RawFd};
use crate::thread::record;

/// Descriptors by their index in the data.
pub(crate) struct Table {
    entries: RefCell<Vec<Entry>>,
}

struct Entry {
    fd: Option<OwnedFd>,
    /// How often the data names it.
    references: usize,
}

impl Table {
    /// For data that names these.
    pub(super) fn new(
        data: Argdata<'_>,
        fds: impl IntoIterator<Item = OwnedFd>,
    ) -> Result<Self, cloudabi_argdata::Error> {
        let mut entries: Vec<_> = fds.into_iter().map(|fd| Entry { fd: Some(fd), references: 0 }).collect();
        data.for_each_fd(|index| {
            if let Some(entry) = entries.get_mut(index as usize) {
                entry.references += 1;
            }
        })?;
        Ok(Table { entries: RefCell::new(entries) })
    }

    /// For the data that the program was started with.
    ///
    /// # Safety
    ///
    /// Nobody took or closed one of the descriptors that the program was started with.
    pub(super) unsafe fn of_start(data: Argdata<'_>) -> Result<Self, cloudabi_argdata::Error> {
        let count = data.max_fd()?.map_or(0, |max| max.saturating_add(1));
        // SAFETY: whoever starts a program gives it the descriptors that its arguments name, as numbers from 0.
        Table::new(data, (0..count).map(|number| unsafe { OwnedFd::from_raw_fd(RawFd(number)) }))
    }

    /// Takes one out. If the data names it again, it is a duplicate.
    fn take(&self, index: u32) -> Result<OwnedFd, &'static str> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.get_mut(index as usize).ok_or("there is no such descriptor")?;
        entry.references = entry.references.saturating_sub(1);
        let fd = if entry.references == 0 {
            entry.fd.take()
        } else {
            entry.fd.as_ref().and_then(|fd| fd.try_clone().ok())
        };
        fd.ok_or("the descriptor cannot be had a second time")
    }

    /// Types that are made meanwhile by this thread take their descriptors from here.
    pub(super) fn while_current<T>(&self, act: impl FnOnce() -> T) -> T {
        struct Restore(*const Table);

        impl Drop for Restore {
            fn drop(&mut self) {
                record::with(|record| record.incoming.set(self.0));
            }
        }

        let _restore = Restore(record::with(|record| record.incoming.replace(self)));
        act()
    }

    /// Leaves what nobody took open for good.
    pub(super) fn leave_open(self) {
        for entry in self.entries.into_inner() {
            core::mem::forget(entry.fd);
        }
    }
}

/// Takes a descriptor out of the table of the data that is being read by this thread.
pub(super) fn take(index: u32) -> Result<OwnedFd, &'static str> {
    let table = record::with(|record| record.incoming.get());
    if table.is_null() {
        return Err("descriptors come with arguments only");
    }
    // SAFETY: `while_current` sets it back before the table goes.
    unsafe { &*table }.take(index)
}
