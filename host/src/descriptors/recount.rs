//! What remains when all threads but one are gone: in the child of a fork, and when a process replaces its program.

use core::ptr;

use super::Table;
use super::entry::Entry;
use super::sync::Ordering;
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
        let mut changes = self.lock();
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
