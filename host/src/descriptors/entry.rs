//! One entry: an object or the way to it, a pair of rights, and the count of its uses.

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr;

use super::rights::RightsPair;
use super::sync::{AtomicBool, AtomicU64, Ordering, fence};
use crate::types::Rights;

/// What a number refers to.
///
/// Entries are as far apart as cache lines, so that threads that use different descriptors do not disturb each other.
#[repr(align(64))]
pub(super) struct Entry<O> {
    /// How many uses there are. No number of look-ups makes 64 bits overflow.
    uses: AtomicU64,
    /// Whether the rights are final.
    settled: AtomicBool,
    base: AtomicU64,
    inheriting: AtomicU64,
    /// The entry in which the object lives, often this one. Not changed while the entry is in use.
    origin: Cell<*const Entry<O>>,
    /// Holds an object while the entry is in use and is its own origin.
    object: UnsafeCell<MaybeUninit<O>>,
}

impl<O> Entry<O> {
    /// An entry that is not in use.
    pub(super) fn unused() -> Self {
        Entry {
            uses: AtomicU64::new(0),
            settled: AtomicBool::new(true),
            base: AtomicU64::new(0),
            inheriting: AtomicU64::new(0),
            origin: Cell::new(ptr::null()),
            object: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Fills an unused entry with an object. It has one use afterwards.
    ///
    /// # Safety
    /// The entry is not in use, and the caller is the one who may fill it.
    pub(super) unsafe fn fill(&self, object: O, rights: RightsPair, settled: bool) {
        // SAFETY: stale look-ups touch nothing but the count of an entry that is not in use.
        unsafe { (*self.object.get()).write(object) };
        self.origin.set(self);
        self.begin(rights, settled);
    }

    /// Makes an unused entry a duplicate. It has one use afterwards.
    ///
    /// # Safety
    /// The entry is not in use, and the caller is the one who may fill it. The caller hands over a use of `origin`,
    /// which is its own origin.
    pub(super) unsafe fn fill_duplicate(&self, origin: &Entry<O>, rights: RightsPair) {
        self.origin.set(origin);
        self.begin(rights, true);
    }

    fn begin(&self, rights: RightsPair, settled: bool) {
        self.base.store(rights.base.bits(), Ordering::Relaxed);
        self.inheriting.store(rights.inheriting.bits(), Ordering::Relaxed);
        self.settled.store(settled, Ordering::Relaxed);
        self.uses.store(1, Ordering::Release);
    }

    /// The entry in which the object lives. For entries in use.
    #[inline(always)]
    pub(super) fn origin(&self) -> *const Entry<O> {
        self.origin.get()
    }

    /// The object that lives in this entry.
    ///
    /// # Safety
    /// The entry is in use as long as the reference is, and is its own origin.
    #[inline(always)]
    pub(super) unsafe fn object(&self) -> &O {
        // SAFETY: it was filled with an object, which stays until the last use is given back.
        unsafe { (*self.object.get()).assume_init_ref() }
    }

    /// Takes the object out of this entry.
    ///
    /// # Safety
    /// The entry is its own origin, and the caller is the one who gave back its last use.
    pub(super) unsafe fn take_object(&self) -> O {
        // SAFETY: it was filled with an object, and nobody reads it again before the entry is filled anew.
        unsafe { (*self.object.get()).assume_init_read() }
    }

    /// Whether the rights are final.
    #[inline(always)]
    pub(super) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire)
    }

    /// Cuts the rights down to those that make sense, once. Under the table's lock.
    pub(super) fn settle(&self, largest: RightsPair) {
        if !self.settled.load(Ordering::Relaxed) {
            let rights = self.rights().intersection(largest);
            self.base.store(rights.base.bits(), Ordering::Relaxed);
            self.inheriting.store(rights.inheriting.bits(), Ordering::Relaxed);
            self.settled.store(true, Ordering::Release);
        }
    }

    /// The rights of a settled entry.
    #[inline(always)]
    pub(super) fn rights(&self) -> RightsPair {
        RightsPair {
            base: Rights::from_bits_retain(self.base.load(Ordering::Relaxed)),
            inheriting: Rights::from_bits_retain(self.inheriting.load(Ordering::Relaxed)),
        }
    }

    /// Whether the entry is in use, at this moment.
    pub(super) fn is_used(&self) -> bool {
        self.uses.load(Ordering::Relaxed) != 0
    }

    /// Takes a use, if the entry is in use.
    #[inline(always)]
    pub(super) fn try_add_use(&self) -> bool {
        let more = |uses: u64| if uses == 0 { None } else { Some(uses + 1) };
        self.uses.fetch_update(Ordering::Acquire, Ordering::Acquire, more).is_ok()
    }

    /// Takes a use of an entry that the caller knows to be in use.
    #[inline(always)]
    pub(super) fn add_use(&self, shared: bool) {
        if shared {
            self.uses.fetch_add(1, Ordering::Relaxed);
        } else {
            self.uses.store(self.uses.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    /// Gives back a use, and says whether it was the last one.
    #[inline(always)]
    #[must_use]
    pub(super) fn drop_use(&self, shared: bool) -> bool {
        if !shared {
            let left = self.uses.load(Ordering::Relaxed) - 1;
            self.uses.store(left, Ordering::Relaxed);
            return left == 0;
        }
        let last = self.uses.fetch_sub(1, Ordering::Release) == 1;
        if last {
            fence(Ordering::Acquire);
        }
        last
    }

    /// Sets the count. For a table that only one thread uses.
    pub(super) fn set_uses(&self, uses: u64) {
        self.uses.store(uses, Ordering::Relaxed);
    }
}
