//! The ABI's own lock: one word for any number of readers or one writer. A lock that nobody waits for is taken and
//! released without a call.

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::{Condvar, Errno, Eventtype, Lock, Subscription, SubscriptionCondvar, SubscriptionLock};

use super::scope::{Private, Scope};
use super::wait::wait;
use crate::thread;
use crate::time::Deadline;

const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;
const MANAGED: u32 = Lock::KERNEL_MANAGED.0;

/// The most readers that a word can count.
const MOST_READERS: u32 = !(WRITE_LOCKED | MANAGED);

/// How often a thread looks at a lock that another one holds before it asks the host to wait. Most locks are held for
/// less time than the host needs to put a thread to sleep.
const LOOKS: u32 = 64;

/// A lock. All-zero memory is one that nobody holds.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct RawLock<S: Scope = Private> {
    word: AtomicU32,
    scope: PhantomData<S>,
}

/// The lock was not taken before the time came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut;

impl<S: Scope> RawLock<S> {
    /// A lock that nobody holds.
    pub(crate) const fn new() -> Self {
        RawLock { word: AtomicU32::new(Lock::UNLOCKED.0), scope: PhantomData }
    }

    /// For the host.
    pub(super) const fn as_ptr(&self) -> *mut Lock {
        self.word.as_ptr().cast()
    }

    /// Whether the calling thread holds it for writing.
    pub(super) fn is_own(&self) -> bool {
        self.word.load(Ordering::Relaxed) & !MANAGED == WRITE_LOCKED | thread::current_number()
    }

    /// Takes it for writing if nobody holds it.
    #[inline]
    pub(crate) fn try_write(&self) -> bool {
        let own = WRITE_LOCKED | thread::current_number();
        self.word.compare_exchange(0, own, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes it for writing.
    ///
    /// # Panics
    ///
    /// If the thread holds it for writing already: it would wait for itself.
    #[inline]
    pub(crate) fn write(&self) {
        if !self.try_write() {
            // Without a deadline there is no end of time.
            let _ = self.write_contended(None);
        }
    }

    /// Takes it for writing, if that is possible before the deadline.
    pub(crate) fn write_until(&self, deadline: Deadline) -> Result<(), TimedOut> {
        if self.try_write() { Ok(()) } else { self.write_contended(Some(deadline)) }
    }

    #[cold]
    fn write_contended(&self, deadline: Option<Deadline>) -> Result<(), TimedOut> {
        self.contended(Eventtype::LOCK_WRLOCK, deadline, Self::try_write)
    }

    /// Takes it for reading if no writer holds it or waits for it.
    #[inline]
    pub(crate) fn try_read(&self) -> bool {
        let one_more =
            |word: u32| (word & (WRITE_LOCKED | MANAGED) == 0 && word < MOST_READERS).then(|| word + 1);
        self.word.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more).is_ok()
    }

    /// Takes it for reading.
    ///
    /// # Panics
    ///
    /// If the thread holds it for writing already: it would wait for itself.
    #[inline]
    pub(crate) fn read(&self) {
        if !self.try_read() {
            let _ = self.read_contended(None);
        }
    }

    /// Takes it for reading, if that is possible before the deadline.
    pub(crate) fn read_until(&self, deadline: Deadline) -> Result<(), TimedOut> {
        if self.try_read() { Ok(()) } else { self.read_contended(Some(deadline)) }
    }

    #[cold]
    fn read_contended(&self, deadline: Option<Deadline>) -> Result<(), TimedOut> {
        self.contended(Eventtype::LOCK_RDLOCK, deadline, Self::try_read)
    }

    fn contended(
        &self,
        what: Eventtype,
        deadline: Option<Deadline>,
        again: impl Fn(&Self) -> bool,
    ) -> Result<(), TimedOut> {
        for _ in 0..LOOKS {
            if self.word.load(Ordering::Relaxed) & MANAGED != 0 {
                break;
            }
            core::hint::spin_loop();
            if again(self) {
                return Ok(());
            }
        }
        let lock = SubscriptionLock { lock: self.as_ptr(), lock_scope: S::SCOPE, ..SubscriptionLock::ZERO };
        let subscription = Subscription::ZERO.with_lock(what, lock);
        // SAFETY: the word is only accessed atomically, and stays while it is borrowed.
        match unsafe { wait(subscription, deadline) } {
            Ok(event) => match (event.r#type, event.error) {
                (Eventtype::CLOCK, Errno::SUCCESS) => Err(TimedOut),
                (_, Errno::SUCCESS) => Ok(()),
                (_, Errno::DEADLK) => panic!("a thread takes a lock that it holds already"),
                _ => panic!("a lock cannot be waited for"),
            },
            Err(Errno::NOSYS) => self.without_host(deadline, again),
            Err(_) => panic!("a lock cannot be waited for"),
        }
    }

    /// Takes it by looking again and again, where the host has no call to wait. Nobody relies on this being quick.
    fn without_host(
        &self,
        deadline: Option<Deadline>,
        again: impl Fn(&Self) -> bool,
    ) -> Result<(), TimedOut> {
        while !again(self) {
            if deadline.is_some() {
                return Err(TimedOut);
            }
            thread::yield_now();
        }
        Ok(())
    }

    /// Gives it up.
    ///
    /// # Safety
    ///
    /// The thread holds it for writing.
    #[inline]
    pub(crate) unsafe fn release_write(&self) {
        let own = WRITE_LOCKED | thread::current_number();
        if self.word.compare_exchange(own, 0, Ordering::Release, Ordering::Relaxed).is_err() {
            // SAFETY: the thread holds it.
            unsafe { self.unlock() }
        }
    }

    /// Gives it up.
    ///
    /// # Safety
    ///
    /// The thread holds it for reading.
    #[inline]
    pub(crate) unsafe fn release_read(&self) {
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            // The last reader, with others waiting, becomes a writer for the host's sake.
            let ask = seen == MANAGED | 1;
            let next = if ask { MANAGED | WRITE_LOCKED | thread::current_number() } else { seen - 1 };
            match self.word.compare_exchange_weak(seen, next, Ordering::Release, Ordering::Relaxed) {
                // SAFETY: the thread is its writer now.
                Ok(_) if ask => return unsafe { self.unlock() },
                Ok(_) => return,
                Err(other) => seen = other,
            }
        }
    }

    /// Has the host release it and wake others.
    ///
    /// # Safety
    ///
    /// The thread holds it for writing.
    #[cold]
    unsafe fn unlock(&self) {
        if !self.is_own() {
            // The thread took it and then forked: this is the copy, where threads have other numbers. Nobody else has
            // a private lock of this process. One that processes share is the parent's, which releases it.
            if S::SCOPE == cloudabi_sys::Scope::PRIVATE {
                self.word.store(Lock::UNLOCKED.0, Ordering::Release);
            }
            return;
        }
        // SAFETY: the word is only accessed atomically.
        let unlocked = unsafe { cloudabi_sys::lock_unlock(self.as_ptr(), S::SCOPE) };
        assert!(unlocked.is_ok(), "a lock could not be released");
    }

    /// Puts the thread to sleep until a condition variable is signalled or the time comes. The lock is released
    /// meanwhile.
    ///
    /// # Safety
    ///
    /// The thread holds it for writing, and does so again afterwards.
    pub(super) unsafe fn wait_for(
        &self,
        condvar: *mut Condvar,
        deadline: Option<Deadline>,
    ) -> Result<(), TimedOut> {
        let subscription = SubscriptionCondvar {
            condvar,
            lock: self.as_ptr(),
            condvar_scope: S::SCOPE,
            lock_scope: S::SCOPE,
            ..SubscriptionCondvar::ZERO
        };
        // SAFETY: both words are only accessed atomically, and stay while they are borrowed.
        let event = unsafe { wait(Subscription::ZERO.with_condvar(subscription), deadline) };
        match event.map(|event| (event.r#type, event.error)) {
            Ok((Eventtype::CLOCK, Errno::SUCCESS)) => Err(TimedOut),
            Ok((_, Errno::SUCCESS)) => Ok(()),
            _ => panic!("a condition variable cannot be waited for"),
        }
    }
}
