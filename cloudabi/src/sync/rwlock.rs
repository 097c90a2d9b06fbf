//! Locks for many readers or one writer.

use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::raw::RawLock;
use super::scope::{Private, Scope};
use crate::time::Deadline;

/// Something that many threads at a time can read, or one can change. Writers that wait are preferred.
///
/// ```
/// use cloudabi::sync::RwLock;
///
/// let names = RwLock::new(vec!["a"]);
/// names.write().push("b");
/// let (one, other) = (names.read(), names.read());
/// assert_eq!(one.len() + other.len(), 4);
/// ```
#[repr(C)]
pub struct RwLock<T: ?Sized, S: Scope = Private> {
    lock: RawLock<S>,
    value: UnsafeCell<T>,
}

// SAFETY: whoever has it has the value.
unsafe impl<T: ?Sized + Send, S: Scope> Send for RwLock<T, S> {}
// SAFETY: many threads at a time have the value shared, or one has it exclusively.
unsafe impl<T: ?Sized + Send + Sync, S: Scope> Sync for RwLock<T, S> {}

impl<T> RwLock<T> {
    /// One that nobody holds.
    ///
    /// ```
    /// # use cloudabi::sync::RwLock;
    /// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
    ///
    /// NAMES.write().push("first");
    /// assert_eq!(NAMES.read().len(), 1);
    /// ```
    pub const fn new(value: T) -> Self {
        RwLock { lock: RawLock::new(), value: UnsafeCell::new(value) }
    }

    /// Takes the value out.
    ///
    /// ```
    /// # use cloudabi::sync::RwLock;
    /// let lock = RwLock::new(1);
    /// *lock.write() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, S: Scope> RwLock<T, S> {
    /// Waits until no writer holds it or waits for it, and holds it for reading until the guard is dropped.
    ///
    /// A thread that holds it for reading already must not do this: with a writer in between, it would wait for
    /// itself.
    ///
    /// ```
    /// # use cloudabi::sync::RwLock;
    /// let lock = RwLock::new(vec![1, 2]);
    /// assert_eq!(lock.read().iter().sum::<i32>(), 3);
    /// ```
    ///
    /// # Panics
    ///
    /// If the thread holds it for writing already.
    #[inline]
    pub fn read(&self) -> RwLockReadGuard<'_, T, S> {
        self.lock.read();
        RwLockReadGuard::new(self)
    }

    /// Holds it for reading, if no writer holds it or waits for it now.
    ///
    /// ```
    /// # use cloudabi::sync::RwLock;
    /// let lock = RwLock::new(1);
    /// let writer = lock.write();
    /// assert!(lock.try_read().is_none());
    /// drop(writer);
    /// assert_eq!(lock.try_read().as_deref(), Some(&1));
    /// ```
    #[inline]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T, S>> {
        self.lock.try_read().then(|| RwLockReadGuard::new(self))
    }

    /// As [`RwLock::read`], but gives up when the time comes.
    ///
    /// ```no_run
    /// # use cloudabi::{sync::RwLock, time::{Duration, Instant}};
    /// fn length(names: &RwLock<Vec<String>>) -> Option<usize> {
    ///     Some(names.read_until(Instant::now() + Duration::from_millis(1))?.len())
    /// }
    /// ```
    pub fn read_until(&self, deadline: impl Into<Deadline>) -> Option<RwLockReadGuard<'_, T, S>> {
        self.lock.read_until(deadline.into()).ok().map(|()| RwLockReadGuard::new(self))
    }

    /// Waits until nobody holds it, and holds it for writing until the guard is dropped.
    ///
    /// ```
    /// # use cloudabi::sync::RwLock;
    /// let lock = RwLock::new(vec![1]);
    /// lock.write().push(2);
    /// assert_eq!(lock.read().len(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If the thread holds it for writing already.
    #[inline]
    pub fn write(&self) -> RwLockWriteGuard<'_, T, S> {
        self.lock.write();
        RwLockWriteGuard::new(self)
    }

    /// Holds it for writing, if nobody holds it now.
    ///
    /// ```
    /// use cloudabi::sync::RwLock;
    ///
    /// let lock = RwLock::new(());
    /// let reader = lock.read();
    /// assert!(lock.try_write().is_none());
    /// drop(reader);
    /// assert!(lock.try_write().is_some());
    /// ```
    #[inline]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T, S>> {
        self.lock.try_write().then(|| RwLockWriteGuard::new(self))
    }

    /// As [`RwLock::write`], but gives up when the time comes.
    ///
    /// ```no_run
    /// # use cloudabi::{sync::RwLock, time::{Duration, Instant}};
    /// fn clear(names: &RwLock<Vec<String>>) -> Option<()> {
    ///     names.write_until(Instant::now() + Duration::from_millis(1))?.clear();
    ///     Some(())
    /// }
    /// ```
    pub fn write_until(&self, deadline: impl Into<Deadline>) -> Option<RwLockWriteGuard<'_, T, S>> {
        self.lock.write_until(deadline.into()).ok().map(|()| RwLockWriteGuard::new(self))
    }
}

impl<T: ?Sized> RwLock<T> {
    /// The value, which nobody else can have.
    ///
    /// ```
    /// # use cloudabi::sync::RwLock;
    /// let mut lock = RwLock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(*lock.read(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        RwLock::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("RwLock");
        match self.try_read() {
            Some(value) => output.field("value", &&*value),
            None => output.field("value", &format_args!("<locked>")),
        };
        output.finish_non_exhaustive()
    }
}

/// Declares a guard.
macro_rules! guard {
    ($(#[$meta:meta])* $name:ident, $release:ident, $sync:path) => {
        $(#[$meta])*
        #[must_use = "what it holds is released at once otherwise"]
        pub struct $name<'a, T: ?Sized, S: Scope = Private> {
            lock: &'a RwLock<T, S>,
            /// Threads release what they took themselves.
            thread: PhantomData<*const ()>,
        }

        // SAFETY: sharing it shares the value.
        unsafe impl<T: ?Sized + $sync, S: Scope> Sync for $name<'_, T, S> {}

        impl<'a, T: ?Sized, S: Scope> $name<'a, T, S> {
            /// The calling thread has just taken it.
            fn new(lock: &'a RwLock<T, S>) -> Self {
                $name { lock, thread: PhantomData }
            }

            pub(super) const fn value(&self) -> *mut T {
                self.lock.value.get()
            }
        }

        impl<T: ?Sized> Deref for $name<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                // SAFETY: the thread holds it.
                unsafe { &*self.lock.value.get() }
            }
        }

        impl<T: ?Sized, S: Scope> Drop for $name<'_, T, S> {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: the thread holds it in this way.
                unsafe { self.lock.lock.$release() };
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

guard! {
    /// Holds a [`RwLock`] for reading until it is dropped.
    RwLockReadGuard, release_read, Sync
}

guard! {
    /// Holds a [`RwLock`] for writing until it is dropped.
    RwLockWriteGuard, release_write, Sync
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the thread holds it for writing.
        unsafe { &mut *self.lock.value.get() }
    }
}
