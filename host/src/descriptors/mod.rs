//! The table of a program's descriptors: numbers, what they refer to, and the rights that they carry.
//!
//! A [`Table`] maps each number to an *entry*, and an entry has an *object* (what the host has behind an open file)
//! and a pair of rights. Duplicates are entries of their own, with rights of their own, that share one object. Looking
//! a number up gives a [`Guard`], which keeps entry and object in use until it is dropped, whatever happens to the
//! number meanwhile.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `mod.rs` | the table, looking up, one thread or several |
//! | `guard.rs` | what a look-up gives, and what can be done through it |
//! | `change.rs` | opening, closing, duplicating, replacing, restricting |
//! | `recount.rs` | what remains when all threads but one are gone |
//! | `entry.rs` | one entry, and the count of its uses |
//! | `pool.rs` | where entries live |
//! | `slots.rs` | from a number to its entry |
//! | `numbers.rs` | choosing numbers |
//! | `rights.rs` | pairs of rights, and which make sense |
//!
//! # Invariants
//!
//! Look-ups take no lock. All changes are made under one lock. What makes this sound:
//!
//! 1. **Slots and entries stay where they are** until the table is dropped. A pointer to an entry can always be
//!    followed, even when the entry has been given to another number since.
//! 2. **An entry is in use while its count is not zero.** The slot that refers to it is one use, each guard is one,
//!    and each duplicate is one use of the entry in which the object lives, its *origin*. The count grows from zero
//!    only under the lock, when the entry is filled anew. A look-up takes a use only where there is one already.
//! 3. **Whoever gives back the last use** owns the entry until it is filled anew, and takes the object out of it.
//! 4. **What a look-up has found is checked again once it has a use**: if the slot refers to another entry by then,
//!    the use is given back and the look-up begins again. So a guard was made for an entry that its number referred
//!    to at a moment during the look-up.
//! 5. **The rights of an entry never change**, but for being settled (see below), which nobody sees. Restricting a
//!    descriptor lets its slot refer to another entry with fewer rights, a duplicate in all but the number. So the
//!    two sets of rights are always seen as a pair.
//! 6. With **one thread** counts are changed by loads and stores. [`Table::share`] is called before the second
//!    thread exists, and from then on they are changed by atomic operations, until [`Table::others_are_gone`] says that
//!    one is left. Guards that exist then are counted already.
//!
//! # Orderings
//!
//! - *What an entry holds*: filled before the slot is stored with release; a look-up loads the slot with acquire.
//! - *A stale pointer*: a thread removes a pointer from its slot before it gives back the slot's use. If a look-up
//!   takes a use of an entry that was filled anew since, it reads a count that was stored after the slot changed. The
//!   store has release and the taking has acquire, so that the check of rule 4 sees the change.
//! - *The object's end*: giving back is a release, and whoever gives back the last use continues after an acquire
//!   fence. So whatever was done with the object was done before it is dropped.
//! - *The last of the others*: the mark that there is one thread is stored with release by a thread that has given back
//!   all its uses, and loaded with acquire. So whoever changes a count by a load and a store sees all earlier changes.
//! - *Settling*: the rights are stored before the mark with release, and the mark is loaded with acquire.
//!
//! # Rights that are settled later
//!
//! A descriptor only carries rights that make sense for what it refers to, but a host that opens a file does not know
//! yet what it opened. So an entry can be made with [`New::unsettled`] rights, those that were asked for. The first
//! look-up asks the object ([`Object::largest_rights`]) and keeps what is in both. Nobody sees the rights before that,
//! and a descriptor that is closed without having been looked up never asks.

mod change;
mod close;
mod entry;
mod guard;
mod numbers;
mod pool;
mod recount;
mod rights;
mod slots;
mod sync;

use core::ptr::{self, NonNull};

pub use change::{New, Reserved};
pub use close::close_all_but;
pub use guard::Guard;
pub use rights::RightsPair;

use self::entry::Entry;
use self::numbers::Numbers;
use self::pool::Pool;
use self::slots::Slots;
use self::sync::{AtomicBool, Mutex, MutexGuard, Ordering};
use crate::syscalls::NeededRights;
use crate::types::{Errno, Fd};

/// What is behind a descriptor.
pub trait Object {
    /// All rights that make sense for an object of this type.
    ///
    /// It is asked at most once for each descriptor whose rights are unsettled, but by several threads if they look
    /// the descriptor up for the first time at the same moment. A host that cannot find out answers with what makes
    /// sense whatever it is.
    fn largest_rights(&self) -> RightsPair;
}

/// A process's descriptors.
///
/// `O` is what the host keeps for an open file. It is dropped when it has neither a number nor a user any more.
pub struct Table<O> {
    slots: Slots<Entry<O>>,
    /// Whether there may be more than one thread.
    shared: AtomicBool,
    /// How many descriptors there may be.
    limit: u32,
    changes: Mutex<Changes<O>>,
}

/// What changes of a table need.
struct Changes<O> {
    numbers: Numbers,
    /// How many descriptors there are.
    open: u32,
    /// How many more there are going to be.
    reserved: u32,
    pool: Pool<O>,
}

// SAFETY: the table hands out references to objects on any thread, and drops objects on any thread; that is what `O`
// allows. Everything else is atomic or under the lock.
unsafe impl<O: Send + Sync> Sync for Table<O> {}
// SAFETY: the pointers in it lead to what it owns.
unsafe impl<O: Send> Send for Table<O> {}

impl<O> Table<O> {
    /// The most descriptors that a table can have, whatever limit is asked for.
    ///
    /// Numbers are less than about twice as large, so that none comes near the one that stands for "none".
    pub const MOST: u32 = 1 << 30;

    /// A table without descriptors, for any number of threads.
    ///
    /// `seed` decides which numbers are chosen; `limit` is how many descriptors there may be at a time.
    pub fn new(seed: u64, limit: u32) -> Self {
        Table {
            slots: Slots::new(),
            shared: AtomicBool::new(true),
            limit: limit.min(Self::MOST),
            changes: Mutex::new(Changes {
                numbers: Numbers::new(seed),
                open: 0,
                reserved: 0,
                pool: Pool::new(),
            }),
        }
    }

    /// How many descriptors there are.
    pub fn len(&self) -> usize {
        self.lock().open as usize
    }

    /// Whether there are no descriptors.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many descriptors there may be.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Looks at each object that is in use, once, under the table's lock.
    pub fn for_each_object(&self, mut look: impl FnMut(&O)) {
        let changes = self.lock();
        for entry in changes.pool.entries().filter(|entry| entry.is_used()) {
            if ptr::eq(entry.origin(), entry) {
                // SAFETY: it is in use, and while the table is locked nobody takes the object out.
                look(unsafe { entry.object() });
            }
        }
    }

    /// Whether [`Table::share`] was called, and nothing has ended that since.
    pub fn is_used_by_several(&self) -> bool {
        self.is_shared()
    }

    /// Says that there is going to be more than one thread. To be called before a second thread exists.
    pub fn share(&self) {
        // Starting a thread is an acquire for what came before it.
        self.shared.store(true, Ordering::Relaxed);
    }

    /// Says that all threads but one have used the table for the last time: looking up becomes cheaper for that one, until
    /// [`Table::share`] is called. It may be in the middle of using the table, and keeps its guards.
    ///
    /// # Safety
    /// Whatever other threads did with the table and its guards is done: it happens before this. Only one thread uses them
    /// from here on until [`Table::share`] is called, which happens after this.
    pub unsafe fn others_are_gone(&self) {
        self.shared.store(false, Ordering::Release);
    }

    /// Whether the table counts uses in a way that is good for several threads.
    #[inline(always)]
    fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Acquire)
    }

    /// Keeps other threads from changing the table.
    ///
    /// This is for `fork`: what a child process copies must not be in the middle of a change. Both processes drop
    /// the hold. Looking up goes on, but a guard that is the last user of its object waits when it is dropped, and
    /// the holder itself must not change the table.
    pub fn hold(&self) -> Hold<'_, O> {
        Hold { _changes: self.lock() }
    }

    fn lock(&self) -> MutexGuard<'_, Changes<O>> {
        // No change panics half-way.
        self.changes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// While it lives, only its holder's thread runs through the table's lock: see [`Table::hold`].
pub struct Hold<'t, O> {
    _changes: MutexGuard<'t, Changes<O>>,
}

impl<O: Object> Table<O> {
    /// Looks a descriptor up.
    ///
    /// # Errors
    /// [`Errno::BADF`] if it is not open, [`Errno::NOTCAPABLE`] if it lacks a right.
    // In each shim, so that the needed rights are constants.
    #[inline(always)]
    pub fn look_up(&self, number: Fd, needed: NeededRights) -> Result<Guard<'_, O>, Errno> {
        // The guard is made at the end: it stays in registers if nothing ever wants its address.
        let entry = self.acquire(number).ok_or(Errno::BADF)?;
        if !entry.is_settled() {
            self.settle(entry);
        }
        let rights = entry.rights();
        let guard = Guard { table: self, entry, number };
        if needed.satisfied_by(rights.base, rights.inheriting) { Ok(guard) } else { Err(Errno::NOTCAPABLE) }
    }

    /// All open descriptors, by ascending numbers.
    ///
    /// Descriptors that are opened or closed meanwhile may be among them or not.
    pub fn iter(&self) -> impl Iterator<Item = Guard<'_, O>> {
        self.slots.numbers().filter_map(|number| self.look_up(Fd(number), NeededRights::NONE).ok())
    }

    /// Settles the rights of an entry that the caller has a use of, unless another thread was faster.
    #[cold]
    fn settle(&self, entry: &Entry<O>) {
        // SAFETY: entries in use have an origin, with an object, and entries live as long as the table.
        let object = unsafe { (*entry.origin()).object() };
        // The host may have to ask its kernel, so this is outside of the lock.
        let largest = object.largest_rights();
        let _changes = self.lock();
        entry.settle(largest);
    }
}

impl<O> Table<O> {
    /// Takes a use of the entry that a number refers to.
    #[inline(always)]
    fn acquire(&self, number: Fd) -> Option<&Entry<O>> {
        let slot = self.slots.get(number.0)?;
        loop {
            let entry = NonNull::new(slot.load(Ordering::Acquire))?;
            // SAFETY: rule 1.
            let entry = unsafe { entry.as_ref() };
            if !self.is_shared() {
                // This is the only thread, so the slot still has its use of the entry.
                entry.add_use(false);
                return Some(entry);
            }
            // An entry that is not in use any more cannot be in the slot any more.
            if entry.try_add_use() {
                if ptr::eq(slot.load(Ordering::Acquire), entry) {
                    return Some(entry);
                }
                drop(Guard { table: self, entry, number });
            }
        }
    }
}

impl<O> Drop for Table<O> {
    fn drop(&mut self) {
        // There are no guards, or they were forgotten and will never be looked at.
        let changes = self.changes.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        // SAFETY: nobody else has a reference to the table.
        unsafe { changes.pool.drop_objects() }
    }
}
