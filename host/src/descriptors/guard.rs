//! What a look-up gives.

use core::ops::Deref;

use super::entry::Entry;
use super::rights::RightsPair;
use super::{Object, Table};
use crate::types::{Errno, Fd};

/// A descriptor in use: its object stays until the guard is dropped, even if the number is closed or replaced.
///
/// It dereferences to the object.
pub struct Guard<'t, O> {
    pub(super) table: &'t Table<O>,
    pub(super) entry: &'t Entry<O>,
    pub(super) number: Fd,
}

// SAFETY: a guard gives references to the object, and its last user drops the object; that is what `O` allows.
// A table that only one thread uses requires the same of its guards.
unsafe impl<O: Send + Sync> Send for Guard<'_, O> {}
// SAFETY: see above.
unsafe impl<O: Send + Sync> Sync for Guard<'_, O> {}

impl<'t, O> Guard<'t, O> {
    /// The number that was looked up. It may refer to something else by now.
    #[inline(always)]
    pub fn number(&self) -> Fd {
        self.number
    }

    /// What the descriptor refers to.
    #[inline(always)]
    pub fn object(&self) -> &O {
        // SAFETY: the guard has a use of its entry, and that has one of its origin.
        unsafe { self.origin().object() }
    }

    /// The rights that the descriptor had when it was looked up.
    #[inline(always)]
    pub fn rights(&self) -> RightsPair {
        self.entry.rights()
    }

    /// The entry in which the object lives.
    #[inline(always)]
    pub(super) fn origin(&self) -> &'t Entry<O> {
        // SAFETY: entries in use have an origin, and entries live as long as the table.
        unsafe { &*self.entry.origin() }
    }
}

impl<O: Object> Guard<'_, O> {
    /// Makes another descriptor for the same object, with the same rights.
    ///
    /// # Errors
    /// [`Errno::MFILE`] if there are as many descriptors as there may be.
    pub fn duplicate(&self) -> Result<Fd, Errno> {
        self.table.duplicate(self)
    }

    /// Makes `to` a duplicate of this descriptor, in one step.
    ///
    /// Returns the object that `to` referred to, if nobody uses it any more. Otherwise its last user drops it. If
    /// `to` is the number of this descriptor, nothing happens.
    ///
    /// # Errors
    /// [`Errno::BADF`] if `to` is not open.
    pub fn replace(&self, to: Fd) -> Result<Option<O>, Errno> {
        self.table.replace(self, to)
    }

    /// Reduces the rights of the descriptor. This guard keeps those that it was looked up with.
    ///
    /// If the number was closed or refers to something else by now, there is nothing left to be reduced.
    ///
    /// # Errors
    /// [`Errno::NOTCAPABLE`] if `rights` has a right that the descriptor does not have. Nothing changes.
    pub fn restrict(&self, rights: RightsPair) -> Result<(), Errno> {
        self.restrict_after(rights, || Ok(()))
    }

    /// Reduces the rights of the descriptor like [`Guard::restrict`], and does something else before: either both
    /// happen or none.
    ///
    /// `action` is called if the rights can be reduced, and they are if it succeeds. No other thread changes the
    /// table meanwhile, and the action itself must not use it.
    ///
    /// # Errors
    /// [`Errno::NOTCAPABLE`] if `rights` has a right that the descriptor does not have; `action` is not called then.
    /// Otherwise what `action` fails with. Nothing changes.
    pub fn restrict_after(
        &self,
        rights: RightsPair,
        action: impl FnOnce() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        self.table.restrict(self, rights, action)
    }
}

impl<O> Deref for Guard<'_, O> {
    type Target = O;

    #[inline(always)]
    fn deref(&self) -> &O {
        self.object()
    }
}

impl<O> Drop for Guard<'_, O> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.entry.drop_use(self.table.is_shared()) {
            self.table.dispose(self.entry);
        }
    }
}
