//! Locks, condition variables and threads, as the definition says that programs use them.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use cloudabi_sys::{
    Clockid, Condvar, Errno, Event, Eventtype, Lock, Nthreads, Scope, Subclockflags, Subscription,
    SubscriptionClock, SubscriptionCondvar, SubscriptionLock, Threadattr, Tid,
};

const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;
const MANAGED: u32 = Lock::KERNEL_MANAGED.0;

/// What came of a wait: the event's type and error.
pub type Outcome = (Eventtype, Errno);

/// A point in time.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// Of which clock.
    pub clock: Clockid,
    /// Which.
    pub timeout: u64,
    /// How it is meant.
    pub flags: Subclockflags,
}

impl Time {
    /// So many nanoseconds from now.
    pub const fn after(nanoseconds: u64) -> Time {
        Time { clock: Clockid::MONOTONIC, timeout: nanoseconds, flags: Subclockflags::empty() }
    }

    fn subscription(self) -> Subscription {
        let Time { clock, timeout, flags } = self;
        let clock = SubscriptionClock { clock_id: clock, timeout, flags, ..SubscriptionClock::ZERO };
        Subscription::ZERO.with_clock(clock)
    }
}

/// Sleeps for so many nanoseconds.
///
/// # Errors
///
/// What the host answers.
pub fn sleep(nanoseconds: u64) -> Result<(), Errno> {
    let mut event = [MaybeUninit::<Event>::uninit()];
    // SAFETY: both point to one element.
    unsafe { cloudabi_sys::poll(&[Time::after(nanoseconds).subscription()], &mut event) }.map(|_| ())
}

/// Waits for this, or for the time.
///
/// # Errors
///
/// Those of the call.
pub fn wait(subscription: Subscription, time: Option<Time>) -> Result<Outcome, Errno> {
    let mut event = [MaybeUninit::<Event>::uninit(); 2];
    let subscriptions = [subscription, time.unwrap_or(Time::after(0)).subscription()];
    let count = 1 + usize::from(time.is_some());
    // SAFETY: both point to as many elements as are told. Words are accessed atomically, and the host survives others.
    unsafe {
        cloudabi_sys::poll(&subscriptions[..count], &mut event[..count])?;
        let event = event[0].assume_init();
        Ok((event.r#type, event.error))
    }
}

/// A lock for readers and writers.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct RwLock(pub AtomicU32);

impl RwLock {
    /// One that nobody holds.
    pub const fn new() -> Self {
        RwLock(AtomicU32::new(0))
    }

    /// For the host.
    pub const fn word(&self) -> *mut Lock {
        self.0.as_ptr().cast()
    }

    /// What it is now.
    pub fn value(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Asks the host for the lock.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn poll(&self, what: Eventtype, scope: Scope, time: Option<Time>) -> Result<Outcome, Errno> {
        let lock = SubscriptionLock { lock: self.word(), lock_scope: scope, ..SubscriptionLock::ZERO };
        wait(Subscription::ZERO.with_lock(what, lock), time)
    }

    /// Takes it for writing if it is free.
    pub fn try_write(&self, tid: Tid) -> bool {
        self.0.compare_exchange(0, WRITE_LOCKED | tid.0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes it for writing.
    pub fn write(&self, tid: Tid, scope: Scope) {
        if !self.try_write(tid) {
            let outcome = self.poll(Eventtype::LOCK_WRLOCK, scope, None);
            assert_eq!(outcome, Ok((Eventtype::LOCK_WRLOCK, Errno::SUCCESS)));
        }
    }

    /// Takes it for reading if no writer holds it or waits for it.
    pub fn try_read(&self) -> bool {
        let add = |word: u32| (word & (WRITE_LOCKED | MANAGED) == 0).then_some(word + 1);
        self.0.try_update(Ordering::Acquire, Ordering::Relaxed, add).is_ok()
    }

    /// Takes it for reading.
    pub fn read(&self, scope: Scope) {
        if !self.try_read() {
            let outcome = self.poll(Eventtype::LOCK_RDLOCK, scope, None);
            assert_eq!(outcome, Ok((Eventtype::LOCK_RDLOCK, Errno::SUCCESS)));
        }
    }

    /// Releases it, for which the caller holds it in either way.
    pub fn release(&self, tid: Tid, scope: Scope) {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let (next, ask) = match seen {
                word if word == WRITE_LOCKED | tid.0 => (0, false),
                word if word == MANAGED | WRITE_LOCKED | tid.0 => (word, true),
                // The last reader, with others waiting, becomes a writer for the host's sake.
                word if word == MANAGED | 1 => (MANAGED | WRITE_LOCKED | tid.0, true),
                word => (word - 1, false),
            };
            match self.0.compare_exchange(seen, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) if ask => return assert_eq!(self.unlock(scope), Ok(())),
                Ok(_) => return,
                Err(other) => seen = other,
            }
        }
    }

    /// Has the host release it.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn unlock(&self, scope: Scope) -> Result<(), Errno> {
        // SAFETY: the word is accessed atomically.
        unsafe { cloudabi_sys::lock_unlock(self.word(), scope) }
    }
}

/// A condition variable.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Condition(pub AtomicU32);

impl Condition {
    /// One for which nobody waits.
    pub const fn new() -> Self {
        Condition(AtomicU32::new(0))
    }

    /// For the host.
    pub const fn word(&self) -> *mut Condvar {
        self.0.as_ptr().cast()
    }

    /// What it is now.
    pub fn value(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Waits for a signal, with the lock held for writing.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn poll(&self, scope: Scope, lock: &RwLock, time: Option<Time>) -> Result<Outcome, Errno> {
        let condvar = SubscriptionCondvar {
            condvar: self.word(),
            lock: lock.word(),
            condvar_scope: scope,
            lock_scope: scope,
            ..SubscriptionCondvar::ZERO
        };
        wait(Subscription::ZERO.with_condvar(condvar), time)
    }

    /// Waits for a signal, with the lock held for writing.
    pub fn wait(&self, scope: Scope, lock: &RwLock) {
        assert_eq!(self.poll(scope, lock, None), Ok((Eventtype::CONDVAR, Errno::SUCCESS)));
    }

    /// Wakes so many.
    pub fn signal(&self, scope: Scope, count: Nthreads) {
        if self.value() != 0 {
            // SAFETY: the word is accessed atomically.
            let result = unsafe { cloudabi_sys::condvar_signal(self.word(), scope, count) };
            assert_eq!(result, Ok(()));
        }
    }
}

/// Somebody who holds a thread's lock until the thread runs. No thread has this number.
const NOBODY: u32 = !(WRITE_LOCKED | MANAGED);

/// A thread to be. It must stay where it is until it has been joined.
#[derive(Debug)]
pub struct Task<T> {
    join: RwLock,
    run: fn(Tid, &T),
    data: AtomicPtr<T>,
    scope: Scope,
}

impl<T: Sync + 'static> Task<T> {
    /// A thread that calls a function with some data.
    pub const fn new(run: fn(Tid, &T), data: &'static T, scope: Scope) -> Self {
        let join = RwLock(AtomicU32::new(WRITE_LOCKED | NOBODY));
        Task { join, run, data: AtomicPtr::new(core::ptr::from_ref(data).cast_mut()), scope }
    }

    /// Starts it on this stack.
    ///
    /// # Safety
    ///
    /// The memory is used for nothing else, and stays until the thread has been joined, as does this.
    pub unsafe fn start(&self, stack: *mut u8, size: usize) -> Result<Tid, Errno> {
        let attributes = Threadattr {
            entry_point: Some(begin::<T>),
            stack: stack.cast(),
            stack_len: size,
            argument: core::ptr::from_ref(self).cast_mut().cast(),
        };
        // SAFETY: the function is one for threads, and the caller vouches for the rest.
        unsafe { cloudabi_sys::thread_create(&attributes) }
    }

    /// Waits for its end.
    pub fn join(&self) {
        self.join.read(self.scope);
    }
}

unsafe extern "C" fn begin<T: Sync + 'static>(tid: Tid, task: *mut c_void) {
    // SAFETY: it was made of a task that stays until this thread releases its lock.
    let task = unsafe { &*task.cast::<Task<T>>() };
    // Others may be waiting already.
    task.join.0.fetch_xor(NOBODY ^ tid.0, Ordering::Relaxed);
    // SAFETY: it was made of a reference to something that stays.
    (task.run)(tid, unsafe { &*task.data.load(Ordering::Relaxed) });
    // SAFETY: the call does not come back.
    unsafe { cloudabi_sys::thread_exit(task.join.word(), task.scope) }
}
