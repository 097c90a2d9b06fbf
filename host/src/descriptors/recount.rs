//! What remains when all threads but one are gone: in the child of a fork, and when a process replaces its program.

use core::{mem, ptr};

use super::entry::Entry;
use super::numbers::Numbers;
use super::sync::Ordering;
use super::{Changes, Guard, Table};
use crate::types::Fd;

impl<O> Table<O> {
    /// Says that there is one thread, until [`Table::share`] is called: looking up becomes cheaper.
    ///
    /// Guards that other threads had, of which nothing is left in this process, count no more. Objects that only
    /// they used are returned.
    ///
    /// # Safety
    /// Until [`Table::share`] is called, only the calling thread uses the table or any of its guards. No guard that
    /// exists now is used or dropped later.
    pub unsafe fn become_single_threaded(&self) -> Vec<O> {
        self.recount(&mut self.lock())
    }

    /// Replaces all descriptors by these, numbered from 0 in their order, each with the rights that it was looked up
    /// with. The same one can be listed several times. From here on there is one thread, as after
    /// [`Table::become_single_threaded`].
    ///
    /// Objects that nobody refers to any more are returned. That the list is not longer than [`Table::limit`] is the
    /// caller's to check.
    ///
    /// # Safety
    /// As for [`Table::become_single_threaded`].
    pub unsafe fn become_only(&self, list: Vec<Guard<'_, O>>) -> Vec<O> {
        let mut changes = self.lock();
        // Filled before the numbers are cleared: whatever is listed is in use until then.
        let entries: Vec<_> = list
            .iter()
            .map(|guard| changes.fill_duplicate(guard.origin(), guard.rights(), self.is_shared()))
            .collect();
        for number in self.slots.numbers() {
            if let Some((slot, _)) = self.open_slot(Fd(number)) {
                slot.store(ptr::null_mut(), Ordering::Release);
            }
        }
        changes.open = 0;
        for (number, entry) in (0..).zip(entries) {
            changes.open(self.slots.make(number), entry);
        }
        // They count no more, like all others.
        list.into_iter().for_each(mem::forget);
        self.recount(&mut changes)
    }

    /// Chooses numbers from here on as a table does that was made with this seed.
    pub fn reseed(&self, seed: u64) {
        self.lock().numbers = Numbers::new(seed);
    }

    /// Counts uses anew, from what is open. Returns objects that are not in use.
    fn recount(&self, changes: &mut Changes<O>) -> Vec<O> {
        changes.reserved = 0;
        self.shared.store(false, Ordering::Relaxed);
        // These can have a count of zero: a thread is gone that had given back the last use and nothing more.
        let taken = changes.pool.taken();
        // SAFETY: entries live as long as the table.
        let taken: Vec<&Entry<O>> = taken.iter().map(|entry| unsafe { entry.as_ref() }).collect();
        taken.iter().for_each(|entry| entry.set_uses(0));
        for number in self.slots.numbers() {
            if let Some((_, entry)) = self.open_slot(Fd(number)) {
                entry.add_use(false);
            }
        }
        for entry in taken.iter().filter(|entry| entry.is_used() && !ptr::eq(entry.origin(), **entry)) {
            // SAFETY: it is open, so it has an origin.
            unsafe { &*entry.origin() }.add_use(false);
        }
        let mut objects = Vec::new();
        for entry in taken.into_iter().filter(|entry| !entry.is_used()) {
            if ptr::eq(entry.origin(), entry) {
                // SAFETY: its uses are gone, and nobody else looks at the table.
                objects.push(unsafe { entry.take_object() });
            }
            changes.pool.give_back(entry);
        }
        objects
    }
}
