//! Condition variables.

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::Nthreads;

use super::mutex::MutexGuard;
use super::scope::{Private, Scope};
use crate::time::Deadline;

/// A place for threads to wait until another one says that something has changed.
///
/// All threads that wait at the same time use the same [`Mutex`](super::Mutex). Telling is no call where nobody waits.
///
/// ```no_run
/// use cloudabi::sync::{Condvar, Mutex};
///
/// static READY: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
///
/// fn wait() {
///     let _ready = CHANGED.wait_while(READY.lock(), |ready| !*ready);
/// }
///
/// fn tell() {
///     *READY.lock() = true;
///     CHANGED.notify_all();
/// }
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct Condvar<S: Scope = Private> {
    word: AtomicU32,
    scope: PhantomData<S>,
}

/// Whether a wait ended since its time had come.
///
/// ```no_run
/// use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
/// use cloudabi::time::{Duration, Instant};
///
/// fn is_late(mutex: &Mutex<()>, condvar: &Condvar) -> bool {
///     let soon = Instant::now() + Duration::from_millis(10);
///     let (_guard, timeout): (_, WaitTimeout) = condvar.wait_until(mutex.lock(), soon);
///     timeout.timed_out()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeout(bool);

impl WaitTimeout {
    /// Whether the time had come.
    ///
    /// ```no_run
    /// # use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
    /// # use cloudabi::time::{Duration, Instant};
    /// fn wait(mutex: &Mutex<u32>, condvar: &Condvar, deadline: Instant) -> Option<u32> {
    ///     let (value, timeout) = condvar.wait_until(mutex.lock(), deadline);
    ///     if timeout.timed_out() { None } else { Some(*value) }
    /// }
    /// ```
    pub const fn timed_out(self) -> bool {
        self.0
    }
}

impl Condvar {
    /// One for which nobody waits.
    ///
    /// ```
    /// # use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
    /// # use cloudabi::time::{Duration, Instant};
    /// static CHANGED: Condvar = Condvar::new();
    ///
    /// CHANGED.notify_all();
    /// ```
    pub const fn new() -> Self {
        Condvar { word: AtomicU32::new(cloudabi_sys::Condvar::HAS_NO_WAITERS.0), scope: PhantomData }
    }
}

impl<S: Scope> Condvar<S> {
    const fn as_ptr(&self) -> *mut cloudabi_sys::Condvar {
        self.word.as_ptr().cast()
    }

    /// Waits to be told. The mutex is released meanwhile; releasing it and beginning to wait is one step.
    ///
    /// It may return without having been told.
    ///
    /// ```no_run
    /// # use cloudabi::sync::{Condvar, Mutex};
    /// fn next(mutex: &Mutex<Vec<u32>>, changed: &Condvar) -> u32 {
    ///     let mut queue = mutex.lock();
    ///     loop {
    ///         match queue.pop() {
    ///             Some(value) => return value,
    ///             None => queue = changed.wait(queue),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If threads wait with another mutex.
    pub fn wait<'a, T: ?Sized>(&self, guard: MutexGuard<'a, T, S>) -> MutexGuard<'a, T, S> {
        // SAFETY: the guard says that the thread holds it.
        let _ = unsafe { guard.raw().wait_for(self.as_ptr(), None) };
        guard
    }

    /// As [`Condvar::wait`], but gives up when the time comes.
    ///
    /// ```no_run
    /// use cloudabi::sync::{Condvar, Mutex};
    /// use cloudabi::time::{Duration, Instant};
    ///
    /// fn wait(mutex: &Mutex<()>, condvar: &Condvar) -> bool {
    ///     let (_guard, timeout) = condvar.wait_until(mutex.lock(), Instant::now() + Duration::from_secs(1));
    ///     timeout.timed_out()
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Condvar::wait`].
    pub fn wait_until<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T, S>,
        deadline: impl Into<Deadline>,
    ) -> (MutexGuard<'a, T, S>, WaitTimeout) {
        // SAFETY: the guard says that the thread holds it.
        let outcome = unsafe { guard.raw().wait_for(self.as_ptr(), Some(deadline.into())) };
        (guard, WaitTimeout(outcome.is_err()))
    }

    /// Wakes one thread that waits.
    ///
    /// ```
    /// # use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
    /// # use cloudabi::time::{Duration, Instant};
    /// fn add(queue: &Mutex<Vec<u32>>, changed: &Condvar) {
    ///     queue.lock().push(1);
    ///     changed.notify_one();
    /// }
    /// # add(&Mutex::default(), &Condvar::new());
    /// ```
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all threads that wait.
    ///
    /// ```
    /// # use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
    /// # use cloudabi::time::{Duration, Instant};
    /// fn finish(done: &Mutex<bool>, changed: &Condvar) {
    ///     *done.lock() = true;
    ///     changed.notify_all();
    /// }
    /// # finish(&Mutex::default(), &Condvar::new());
    /// ```
    pub fn notify_all(&self) {
        self.notify(Nthreads::MAX);
    }

    #[inline]
    fn notify(&self, count: Nthreads) {
        if self.word.load(Ordering::Relaxed) != cloudabi_sys::Condvar::HAS_NO_WAITERS.0 {
            // SAFETY: the word is only accessed atomically.
            let told = unsafe { cloudabi_sys::condvar_signal(self.as_ptr(), S::SCOPE, count) };
            assert!(told.is_ok(), "a condition variable could not be signalled");
        }
    }
}

impl Condvar {
    /// Waits as long as the condition holds.
    ///
    /// ```
    /// # use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
    /// # use cloudabi::time::{Duration, Instant};
    /// fn next(queue: &Mutex<Vec<u32>>, changed: &Condvar) -> Option<u32> {
    ///     changed.wait_while(queue.lock(), |queue| queue.is_empty()).pop()
    /// }
    /// assert_eq!(next(&Mutex::new(vec![7]), &Condvar::new()), Some(7));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Condvar::wait`].
    pub fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        while condition(&mut guard) {
            guard = self.wait(guard);
        }
        guard
    }

    /// Waits as long as the condition holds, but gives up when the time comes.
    ///
    /// ```no_run
    /// # use cloudabi::sync::{Condvar, Mutex, WaitTimeout};
    /// # use cloudabi::time::{Duration, Instant};
    /// fn next(queue: &Mutex<Vec<u32>>, changed: &Condvar, deadline: Instant) -> Option<u32> {
    ///     let (mut queue, _) = changed.wait_while_until(queue.lock(), deadline, |queue| queue.is_empty());
    ///     queue.pop()
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Condvar::wait`].
    pub fn wait_while_until<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        deadline: impl Into<Deadline>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> (MutexGuard<'a, T>, WaitTimeout) {
        let deadline = deadline.into();
        while condition(&mut guard) {
            let (held, timeout) = self.wait_until(guard, deadline);
            guard = held;
            if timeout.timed_out() {
                let in_vain = condition(&mut guard);
                return (guard, WaitTimeout(in_vain));
            }
        }
        (guard, WaitTimeout(false))
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}
