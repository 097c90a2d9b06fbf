//! Where entries live: in blocks that stay where they are.

use core::ptr::{self, NonNull};
use std::collections::HashSet;

use super::entry::Entry;
use super::sync::first_size;

/// How many entries the first block has. Each further one has as many as all before it, up to a limit.
const FIRST: usize = first_size(32);
const LARGEST: usize = 4096;

/// The entries of a table, in use or not.
pub(super) struct Pool<O> {
    /// Made from boxes. They are raw because others have pointers into them.
    blocks: Vec<NonNull<[Entry<O>]>>,
    /// Entries that are not in use, with room for all entries that there are.
    unused: Vec<NonNull<Entry<O>>>,
    /// How many entries there are.
    entries: usize,
}

impl<O> Pool<O> {
    pub(super) fn new() -> Self {
        Pool { blocks: Vec::new(), unused: Vec::new(), entries: 0 }
    }

    /// An entry that is not in use, for the caller to fill.
    pub(super) fn take(&mut self) -> NonNull<Entry<O>> {
        if self.unused.is_empty() {
            self.grow();
        }
        self.unused.pop().expect("the pool has grown")
    }

    /// Gives back an entry that is not in use any more.
    pub(super) fn give_back(&mut self, entry: &Entry<O>) {
        self.unused.push(NonNull::from(entry));
    }

    #[cold]
    fn grow(&mut self) {
        let more = self.entries.clamp(FIRST, LARGEST);
        let block: Box<[Entry<O>]> = (0..more).map(|_| Entry::unused()).collect();
        // SAFETY: a box's pointer is not null.
        let block = unsafe { NonNull::new_unchecked(Box::into_raw(block)) };
        self.blocks.push(block);
        self.entries += more;
        // Giving back must never need memory.
        self.unused.reserve(self.entries);
        let first = block.cast::<Entry<O>>();
        // Taken from the end, so the block's first entry is the next one.
        // SAFETY: all of these are in the block.
        self.unused.extend((0..more).rev().map(|index| unsafe { first.add(index) }));
    }

    /// All entries, in use or not.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<O>> {
        // SAFETY: blocks live as long as the pool, and are only ever shared.
        self.blocks.iter().flat_map(|block| unsafe { block.as_ref() })
    }

    /// All entries that were taken and not given back.
    pub(super) fn taken(&self) -> Vec<NonNull<Entry<O>>> {
        let unused: HashSet<_> = self.unused.iter().collect();
        self.entries().map(NonNull::from).filter(|entry| !unused.contains(entry)).collect()
    }

    /// Drops all objects. The entries can't be used any more.
    ///
    /// # Safety
    /// Nobody uses any of the entries, now or later.
    pub(super) unsafe fn drop_objects(&mut self) {
        for entry in self.entries().filter(|entry| entry.is_used() && ptr::eq(entry.origin(), *entry)) {
            // First, so that an object whose end panics is not dropped twice.
            entry.set_uses(0);
            // SAFETY: it was in use and is its own origin, and nobody else uses it.
            drop(unsafe { entry.take_object() });
        }
    }
}

impl<O> Drop for Pool<O> {
    fn drop(&mut self) {
        for block in &self.blocks {
            // SAFETY: it was made from a box, and the table that lent pointers to it is gone.
            drop(unsafe { Box::from_raw(block.as_ptr()) });
        }
    }
}
