//! Locks for one at a time.

use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::raw::RawLock;
use super::scope::{Private, Scope};
use crate::time::Deadline;

/// Something that one thread at a time can use.
///
/// ```
/// use cloudabi::sync::Mutex;
///
/// static COUNT: Mutex<u32> = Mutex::new(0);
///
/// *COUNT.lock() += 1;
/// assert_eq!(*COUNT.lock(), 1);
/// ```
#[repr(C)]
pub struct Mutex<T: ?Sized, S: Scope = Private> {
    lock: RawLock<S>,
    value: UnsafeCell<T>,
}

// SAFETY: whoever has it has the value.
unsafe impl<T: ?Sized + Send, S: Scope> Send for Mutex<T, S> {}
// SAFETY: one thread at a time has the value.
unsafe impl<T: ?Sized + Send, S: Scope> Sync for Mutex<T, S> {}

impl<T> Mutex<T> {
    /// One that nobody holds.
    ///
    /// ```
    /// # use cloudabi::sync::Mutex;
    /// static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    ///
    /// NAMES.lock().push("first");
    /// ```
    pub const fn new(value: T) -> Self {
        Mutex { lock: RawLock::new(), value: UnsafeCell::new(value) }
    }

    /// Takes the value out.
    ///
    /// ```
    /// # use cloudabi::sync::Mutex;
    /// let mutex = Mutex::new(1);
    /// *mutex.lock() += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, S: Scope> Mutex<T, S> {
    /// Waits until nobody holds it, and holds it until the guard is dropped.
    ///
    /// ```
    /// # use cloudabi::sync::Mutex;
    /// let mutex = Mutex::new(vec![1]);
    /// let mut guard = mutex.lock();
    /// guard.push(2);
    /// assert_eq!(guard.len(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If the thread holds it already.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T, S> {
        self.lock.write();
        MutexGuard::new(self)
    }

    /// Holds it until the guard is dropped, if nobody holds it now.
    ///
    /// ```
    /// use cloudabi::sync::Mutex;
    ///
    /// let mutex = Mutex::new(());
    /// let held = mutex.try_lock();
    /// assert!(held.is_some() && mutex.try_lock().is_none());
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T, S>> {
        self.lock.try_write().then(|| MutexGuard::new(self))
    }

    /// As [`Mutex::lock`], but gives up when the time comes.
    ///
    /// ```no_run
    /// use cloudabi::sync::Mutex;
    /// use cloudabi::time::{Duration, Instant};
    ///
    /// fn count(mutex: &Mutex<u32>) {
    ///     match mutex.lock_until(Instant::now() + Duration::from_millis(10)) {
    ///         Some(mut value) => *value += 1,
    ///         None => { /* It took too long. */ }
    ///     }
    /// }
    /// ```
    pub fn lock_until(&self, deadline: impl Into<Deadline>) -> Option<MutexGuard<'_, T, S>> {
        self.lock.write_until(deadline.into()).ok().map(|()| MutexGuard::new(self))
    }
}

impl<T: ?Sized> Mutex<T> {
    /// The value, which nobody else can have.
    ///
    /// ```
    /// # use cloudabi::sync::Mutex;
    /// let mut mutex = Mutex::new(1);
    /// *mutex.get_mut() += 1;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(value) => output.field("value", &&*value),
            None => output.field("value", &format_args!("<locked>")),
        };
        output.finish_non_exhaustive()
    }
}

/// Holds a [`Mutex`] until it is dropped.
///
/// The value is lent, but for one that processes share: that is copied out and in, since another process may do what
/// it likes with the memory.
///
/// ```
/// use cloudabi::sync::{Mutex, MutexGuard};
///
/// let mutex = Mutex::new(vec![1]);
/// let mut guard: MutexGuard<'_, Vec<u32>> = mutex.lock();
/// guard.push(2);
/// drop(guard);
/// assert_eq!(mutex.into_inner(), [1, 2]);
/// ```
#[must_use = "what it holds is released at once otherwise"]
pub struct MutexGuard<'a, T: ?Sized, S: Scope = Private> {
    mutex: &'a Mutex<T, S>,
    /// Threads release what they took themselves.
    thread: PhantomData<*const ()>,
}

// SAFETY: sharing it shares the value.
unsafe impl<T: ?Sized + Sync, S: Scope> Sync for MutexGuard<'_, T, S> {}

impl<'a, T: ?Sized, S: Scope> MutexGuard<'a, T, S> {
    /// The calling thread has just taken it.
    fn new(mutex: &'a Mutex<T, S>) -> Self {
        MutexGuard { mutex, thread: PhantomData }
    }

    pub(super) fn raw(&self) -> &'a RawLock<S> {
        &self.mutex.lock
    }

    pub(super) const fn value(&self) -> *mut T {
        self.mutex.value.get()
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the thread holds it.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the thread holds it.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T: ?Sized, S: Scope> Drop for MutexGuard<'_, T, S> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the thread holds it.
        unsafe { self.mutex.lock.release_write() };
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
