//! The descriptors that come with argument data, until the types that name them take them.

use alloc::vec::Vec;
use core::cell::Cell;

use cloudabi_argdata::Argdata;

use crate::os::{OwnedFd, RawFd};
use crate::thread::record;

/// Descriptors by their index in the data.
pub(crate) struct Table {
    /// Taken out while it is looked at: nothing that is done meanwhile comes back here.
    entries: Cell<Vec<Entry>>,
}

struct Entry {
    fd: Option<OwnedFd>,
    /// How often the data names it.
    references: usize,
}

impl Table {
    /// For data that comes with these.
    pub(super) fn new(data: Argdata<'_>, fds: Vec<OwnedFd>) -> Result<Self, cloudabi_argdata::Error> {
        let entries = fds.into_iter().map(|fd| Entry { fd: Some(fd), references: 0 }).collect();
        Table::count(data, entries, &mut |_, _| ())
    }

    /// For the data that the program was started with.
    ///
    /// # Safety
    ///
    /// Nobody took or closed one of the descriptors that the program was started with.
    pub(super) unsafe fn of_start(data: Argdata<'_>) -> Result<Self, cloudabi_argdata::Error> {
        // Whoever starts a program gives it the descriptors that its arguments name, as numbers from 0. Data that names
        // a number that is larger than its own length in bytes names others that are not there.
        let most = data.bytes().len();
        Table::count(data, Vec::new(), &mut |entries, index| {
            while entries.len() <= index && index < most {
                let number = RawFd(entries.len() as u32);
                // SAFETY: the caller says that nobody else has it.
                let fd = unsafe { OwnedFd::from_raw_fd(number) };
                entries.push(Entry { fd: Some(fd), references: 0 });
            }
        })
    }

    /// Counts how often each is named. `prepare` is told of each before.
    fn count(
        data: Argdata<'_>,
        mut entries: Vec<Entry>,
        prepare: &mut dyn FnMut(&mut Vec<Entry>, usize),
    ) -> Result<Self, cloudabi_argdata::Error> {
        data.for_each_fd(|index| {
            prepare(&mut entries, index as usize);
            if let Some(entry) = entries.get_mut(index as usize) {
                entry.references += 1;
            }
        })?;
        Ok(Table { entries: Cell::new(entries) })
    }

    /// Takes one out. If the data names it again, it is a duplicate.
    fn take(&self, index: u32) -> Result<OwnedFd, &'static str> {
        let mut entries = self.entries.take();
        let taken = match entries.get_mut(index as usize) {
            None => Err("there is no such descriptor"),
            Some(entry) => {
                entry.references = entry.references.saturating_sub(1);
                let fd = match entry.references {
                    0 => entry.fd.take(),
                    _ => entry.fd.as_ref().and_then(|fd| fd.try_clone().ok()),
                };
                fd.ok_or("the descriptor cannot be had a second time")
            }
        };
        self.entries.set(entries);
        taken
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
