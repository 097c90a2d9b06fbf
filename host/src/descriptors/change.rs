//! Changes of the table. Each is one step for everybody else, made under the lock.

use core::ptr::{self, NonNull};

use super::entry::Entry;
use super::rights::RightsPair;
use super::sync::{AtomicPtr, Ordering};
use super::{Changes, Guard, Table};
use crate::types::{Errno, Fd};

/// A descriptor to be.
#[derive(Debug)]
pub struct New<O> {
    /// What it refers to.
    pub object: O,
    /// The rights that it carries, or may carry at most.
    pub rights: RightsPair,
    settled: bool,
}

impl<O> New<O> {
    /// A descriptor that carries exactly these rights. They make sense for the object.
    pub const fn settled(object: O, rights: RightsPair) -> Self {
        New { object, rights, settled: true }
    }

    /// A descriptor that carries those of these rights that make sense for the object, which it is asked for later.
    pub const fn unsettled(object: O, rights: RightsPair) -> Self {
        New { object, rights, settled: false }
    }
}

impl<O> Table<O> {
    /// Adds a descriptor under a new number.
    ///
    /// # Errors
    /// [`Errno::MFILE`] if there are as many descriptors as there may be. The descriptor is given back.
    pub fn insert(&self, new: New<O>) -> Result<Fd, (New<O>, Errno)> {
        let mut changes = self.lock();
        if changes.room(self.limit) < 1 {
            return Err((new, Errno::MFILE));
        }
        Ok(self.add(&mut changes, new))
    }

    /// Keeps room for a descriptor, for hosts that make something which they could not undo.
    ///
    /// # Errors
    /// [`Errno::MFILE`] if there are as many descriptors as there may be.
    pub fn reserve(&self) -> Result<Reserved<'_, O>, Errno> {
        let mut changes = self.lock();
        if changes.room(self.limit) < 1 {
            return Err(Errno::MFILE);
        }
        changes.reserved += 1;
        Ok(Reserved { table: self })
    }

    /// Adds two descriptors, or none.
    ///
    /// # Errors
    /// [`Errno::MFILE`] if there is no room for both. They are given back.
    pub fn insert_two(&self, new: [New<O>; 2]) -> Result<[Fd; 2], ([New<O>; 2], Errno)> {
        let mut changes = self.lock();
        if changes.room(self.limit) < 2 {
            return Err((new, Errno::MFILE));
        }
        Ok(new.map(|new| self.add(&mut changes, new)))
    }

    /// Gives a process the descriptors that it starts with: the numbers 0, 1, 2 and so on.
    ///
    /// # Errors
    /// [`Errno::MFILE`] if these are more than there may be.
    ///
    /// # Panics
    /// If there are descriptors already.
    pub fn insert_at_start(&self, list: Vec<New<O>>) -> Result<(), (Vec<New<O>>, Errno)> {
        let mut changes = self.lock();
        assert_eq!(changes.open, 0, "a process that has started has descriptors");
        if list.len() > changes.room(self.limit) as usize {
            return Err((list, Errno::MFILE));
        }
        for (number, new) in (0..).zip(list) {
            let entry = changes.fill(new);
            changes.open(self.slots.make(number), entry);
        }
        Ok(())
    }

    /// Closes a number. It is free at once.
    ///
    /// Returns the object if nobody uses it any more: neither another descriptor, nor a call in progress. Otherwise
    /// its last user drops it.
    ///
    /// # Errors
    /// [`Errno::BADF`] if it is not open.
    pub fn remove(&self, number: Fd) -> Result<Option<O>, Errno> {
        let mut changes = self.lock();
        let (slot, entry) = self.open_slot(number).ok_or(Errno::BADF)?;
        slot.store(ptr::null_mut(), Ordering::Release);
        changes.open -= 1;
        Ok(changes.drop_use(entry, self.is_shared()))
    }

    pub(super) fn duplicate(&self, from: &Guard<'_, O>) -> Result<Fd, Errno> {
        let mut changes = self.lock();
        if changes.room(self.limit) < 1 {
            return Err(Errno::MFILE);
        }
        let entry = changes.fill_duplicate(from.origin(), from.rights(), self.is_shared());
        Ok(self.open_anywhere(&mut changes, entry))
    }

    pub(super) fn replace(&self, from: &Guard<'_, O>, to: Fd) -> Result<Option<O>, Errno> {
        if from.number == to {
            return Ok(None);
        }
        let mut changes = self.lock();
        let (slot, before) = self.open_slot(to).ok_or(Errno::BADF)?;
        Ok(self.exchange(&mut changes, slot, before, from.origin(), from.rights()))
    }

    pub(super) fn restrict(
        &self,
        guard: &Guard<'_, O>,
        rights: RightsPair,
        action: impl FnOnce() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let mut changes = self.lock();
        // What counts are the rights that the number has now. If it refers to another object, the descriptor was
        // closed after it was looked up, and this is as if it had been restricted before that.
        let now = self.open_slot(guard.number).filter(|(_, entry)| ptr::eq(entry.origin(), guard.origin()));
        let carried = now.map_or(guard.rights(), |(_, entry)| entry.rights());
        if !carried.contains(rights) {
            return Err(Errno::NOTCAPABLE);
        }
        action()?;
        if let Some((slot, before)) = now.filter(|_| carried != rights) {
            let last = self.exchange(&mut changes, slot, before, guard.origin(), rights);
            debug_assert!(last.is_none(), "the guard uses the object");
        }
        Ok(())
    }

    /// Lets a slot refer to a new duplicate. Returns the object that it referred to before, if nobody uses it any
    /// more.
    fn exchange(
        &self,
        changes: &mut Changes<O>,
        slot: &AtomicPtr<Entry<O>>,
        before: &Entry<O>,
        origin: &Entry<O>,
        rights: RightsPair,
    ) -> Option<O> {
        let entry = changes.fill_duplicate(origin, rights, self.is_shared());
        slot.store(entry.as_ptr(), Ordering::Release);
        changes.drop_use(before, self.is_shared())
    }

    fn add(&self, changes: &mut Changes<O>, new: New<O>) -> Fd {
        let entry = changes.fill(new);
        self.open_anywhere(changes, entry)
    }

    fn open_anywhere(&self, changes: &mut Changes<O>, entry: NonNull<Entry<O>>) -> Fd {
        let number = changes.free_number(&self.slots);
        changes.open(self.slots.make(number), entry);
        Fd(number)
    }

    /// The slot of an open number, and the entry that it refers to. Under the lock.
    pub(super) fn open_slot(&self, number: Fd) -> Option<(&AtomicPtr<Entry<O>>, &Entry<O>)> {
        let slot = self.slots.get(number.0)?;
        let entry = NonNull::new(slot.load(Ordering::Relaxed))?;
        // SAFETY: entries live as long as the table.
        Some((slot, unsafe { entry.as_ref() }))
    }

    /// Takes care of an entry whose last use was given back by a guard.
    #[cold]
    pub(super) fn dispose(&self, entry: &Entry<O>) {
        let object = self.lock().dispose(entry, self.is_shared());
        // The lock is free again: dropping an object may take long.
        drop(object);
    }
}

/// Room for one descriptor: see [`Table::reserve`]. It is free again when this is dropped.
pub struct Reserved<'t, O> {
    table: &'t Table<O>,
}

impl<O> Reserved<'_, O> {
    /// Adds a descriptor under a new number.
    pub fn insert(self, new: New<O>) -> Fd {
        let mut changes = self.table.lock();
        let number = self.table.add(&mut changes, new);
        // The lock is free before the room is.
        drop(changes);
        number
    }
}

impl<O> Drop for Reserved<'_, O> {
    fn drop(&mut self) {
        let mut changes = self.table.lock();
        changes.reserved = changes.reserved.saturating_sub(1);
    }
}

impl<O> Changes<O> {
    /// How many more descriptors there may be.
    fn room(&self, limit: u32) -> u32 {
        limit.saturating_sub(self.open).saturating_sub(self.reserved)
    }

    /// An entry with one use, meant for a slot.
    fn fill(&mut self, new: New<O>) -> NonNull<Entry<O>> {
        let entry = self.pool.take();
        // SAFETY: entries of the pool are not in use, and this one was given to us to fill.
        unsafe { entry.as_ref().fill(new.object, new.rights, new.settled) };
        entry
    }

    /// An entry with one use, meant for a slot, for an object that is in use.
    pub(super) fn fill_duplicate(
        &mut self,
        origin: &Entry<O>,
        rights: RightsPair,
        shared: bool,
    ) -> NonNull<Entry<O>> {
        let entry = self.pool.take();
        origin.add_use(shared);
        // SAFETY: as in `fill`, and the use of the origin is the duplicate's now.
        unsafe { entry.as_ref().fill_duplicate(origin, rights) };
        entry
    }

    /// Lets the slot of a free number refer to an entry.
    pub(super) fn open(&mut self, slot: &AtomicPtr<Entry<O>>, entry: NonNull<Entry<O>>) {
        slot.store(entry.as_ptr(), Ordering::Release);
        self.open += 1;
    }

    /// Gives back a use of an entry. Returns the object if nobody uses it any more.
    fn drop_use(&mut self, entry: &Entry<O>, shared: bool) -> Option<O> {
        if entry.drop_use(shared) { self.dispose(entry, shared) } else { None }
    }

    /// Takes care of an entry whose last use the caller gave back. Returns the object if nobody uses it any more.
    pub(super) fn dispose(&mut self, entry: &Entry<O>, shared: bool) -> Option<O> {
        let origin = entry.origin();
        if ptr::eq(origin, entry) {
            // SAFETY: the caller gave back the last use.
            let object = unsafe { entry.take_object() };
            self.pool.give_back(entry);
            return Some(object);
        }
        self.pool.give_back(entry);
        // SAFETY: entries live as long as the table, and a duplicate's origin is in use.
        self.drop_use(unsafe { &*origin }, shared)
    }
}
