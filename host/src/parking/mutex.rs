//! A lock of the host's own that sleeps by way of a [`System`].
//!
//! The standard library's would do, but for two things: a model has to decide who gets it, and a forked child has to
//! renew it whatever state it is in.

use super::System;
use core::cell::UnsafeCell;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, Ordering};

const FREE: u32 = 0;
const HELD: u32 = 1;
/// Somebody may sleep.
const AWAITED: u32 = 2;

/// A value that one thread at a time can get at.
pub(super) struct Mutex<T> {
    word: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached through a guard, of which there is one at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").field("word", &self.word).finish_non_exhaustive()
    }
}

impl<T> Mutex<T> {
    pub const fn new(value: T) -> Self {
        Mutex { word: AtomicU32::new(FREE), value: UnsafeCell::new(value) }
    }

    pub fn lock<'a, S: System>(&'a self, system: &'a S) -> MutexGuard<'a, T, S> {
        system.step();
        // What is done under such a lock is short.
        for _ in 0..system.patience() {
            match self.word.compare_exchange_weak(FREE, HELD, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return MutexGuard { mutex: self, system },
                Err(AWAITED) => break,
                Err(_) => system.relax(),
            }
        }
        while self.word.swap(AWAITED, Ordering::Acquire) != FREE {
            system.wait(&self.word, AWAITED, None);
        }
        MutexGuard { mutex: self, system }
    }

    /// Makes it a free one with this value, unless it is free and its value good. The value that it had is not dropped,
    /// since it may be in any state.
    ///
    /// # Safety
    /// No other thread is there, and no guard of this thread's.
    pub unsafe fn renew_unless(&self, is_good: impl FnOnce(&T) -> bool, value: T) {
        // SAFETY: nobody has access but the caller, and who has released it left the value in order.
        if self.word.load(Ordering::Relaxed) == FREE && is_good(unsafe { &*self.value.get() }) {
            return;
        }
        // SAFETY: nobody has access but the caller.
        unsafe { self.value.get().write(value) };
        self.word.store(FREE, Ordering::Relaxed);
    }
}

/// Access to the value of a [`Mutex`], which is free again once this is gone.
pub(super) struct MutexGuard<'a, T, S: System> {
    mutex: &'a Mutex<T>,
    system: &'a S,
}

impl<T, S: System> Deref for MutexGuard<'_, T, S> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: there is one guard at a time.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T, S: System> DerefMut for MutexGuard<'_, T, S> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: there is one guard at a time.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T, S: System> Drop for MutexGuard<'_, T, S> {
    fn drop(&mut self) {
        if self.mutex.word.swap(FREE, Ordering::Release) == AWAITED {
            self.system.wake(&raw const self.mutex.word);
        }
        self.system.step();
    }
}
