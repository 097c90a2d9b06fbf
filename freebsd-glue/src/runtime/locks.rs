//! Locks and condition variables, as [`cloudabi_host::locks`] has them, by means of `_umtx_op`.

use std::ffi::c_void;
use std::sync::atomic::AtomicU32;

use cloudabi_host::deadline::Moment;
use cloudabi_host::locks::{Locks, Shared};
use cloudabi_host::memory::{AtomicMemory as _, Fault};
use cloudabi_host::parking::shared::{self, SharedSystem, Waited};
use cloudabi_host::parking::{Lot, Mode, Slept, System, Word, shared_condvar};
use cloudabi_host::types::{Clockid, Errno, Event, Nthreads, Scope, Subscription};

use super::{Thread, deadline, last_error, stop};
use crate::generated::clockid_to_host;
use crate::headers::UMTX_ABSTIME;
use crate::memory::Guest;

/// How threads of this process sleep and wake up: `_umtx_op` of sys/umtx.h.
#[derive(Clone, Copy, Debug)]
pub struct Umtx(Guest);

impl System for Umtx {
    type Deadline = Moment;

    #[inline(always)]
    fn load(&self, word: Word) -> Result<u32, Fault> {
        self.0.load_word(word)
    }

    #[inline(always)]
    fn compare_exchange(&self, word: Word, current: u32, new: u32) -> Result<u32, Fault> {
        self.0.compare_exchange_word(word, current, new)
    }

    fn wait(&self, word: &AtomicU32, value: u32, deadline: Option<Moment>) -> Slept {
        // SAFETY: the word is the runtime's.
        let result = unsafe { sleep(word.as_ptr(), libc::UMTX_OP_WAIT_UINT_PRIVATE, value, deadline) };
        match deadline {
            Some(moment) if result.is_err() && deadline::has_passed(moment) => Slept::Late,
            _ => Slept::Woken,
        }
    }

    fn wake(&self, word: *const AtomicU32) {
        wake(word.cast_mut().cast(), libc::UMTX_OP_WAKE_PRIVATE, 1);
    }

    fn now(&self) -> u64 {
        deadline::now(Clockid::MONOTONIC)
    }
}

/// Sleeps while a word has this value, until a deadline at most. The caller holds none of the runtime's locks.
///
/// # Safety
/// There is such a word, or it is one of the program's, of which the kernel finds out by itself whether it is there.
unsafe fn sleep(word: *mut u32, operation: i32, value: u32, deadline: Option<Moment>) -> Result<(), Errno> {
    let time = deadline.map(|moment| libc::_umtx_time {
        _timeout: deadline::timespec(moment.at),
        _flags: UMTX_ABSTIME,
        _clockid: clockid_to_host(moment.clock).map_or(0, i32::cast_unsigned),
    });
    let (size, time) = match &time {
        Some(time) => (size_of_val(time), std::ptr::from_ref(time).cast_mut()),
        None => (0, std::ptr::null_mut()),
    };
    let size = std::ptr::without_provenance_mut(size);
    // SAFETY: the kernel reads the word and the time, and writes to neither.
    match unsafe { libc::_umtx_op(word.cast(), operation, value.into(), size, time.cast::<c_void>()) } {
        0 => Ok(()),
        _ => match last_error() {
            Errno::INTR => {
                stop::interrupted();
                Err(Errno::INTR)
            }
            error => Err(error),
        },
    }
}

/// Wakes so many of those that sleep on a word.
fn wake(word: *mut u32, operation: i32, count: u32) {
    let none = std::ptr::null_mut();
    // SAFETY: only the address is used.
    unsafe { libc::_umtx_op(word.cast(), operation, count.into(), none, none) };
}

/// Sleeps while a word of the runtime's has this value, or for no time.
pub fn sleep_while(word: &AtomicU32, value: u32) {
    let (word, none) = (word.as_ptr().cast(), std::ptr::null_mut());
    // SAFETY: the word is there. If the kernel refuses, whoever calls this looks again.
    unsafe { libc::_umtx_op(word, libc::UMTX_OP_WAIT_UINT_PRIVATE, value.into(), none, none) };
}

/// Wakes a thread that sleeps in [`sleep_while`].
pub fn wake_one(word: &AtomicU32) {
    wake(word.as_ptr(), libc::UMTX_OP_WAKE_PRIVATE, 1);
}

/// How long a thread sleeps at most for a lock that processes share before it looks again, in nanoseconds.
const LOOK_AGAIN: u64 = 1_000_000_000;

impl SharedSystem for Umtx {
    fn wait_shared(&self, word: Word, value: u32, deadline: Option<Moment>, _: Mode) -> Waited {
        let now = deadline::now(Clockid::MONOTONIC);
        let again = Moment { clock: Clockid::MONOTONIC, at: now.saturating_add(LOOK_AGAIN) };
        // A time of the clock that can be set is looked at when the sleep ends.
        let until =
            deadline.filter(|moment| moment.clock == again.clock && moment.at < again.at).unwrap_or(again);
        let address = std::ptr::with_exposed_provenance_mut(word.address() as usize);
        // SAFETY: the kernel finds out whether the word is there.
        match unsafe { sleep(address, libc::UMTX_OP_WAIT_UINT, value, Some(until)) } {
            Err(Errno::FAULT) => Waited::Fault,
            _ if deadline.is_some_and(deadline::has_passed) => Waited::Late,
            // Sleepers are all alike here, and the word tells who may stay awake.
            Ok(()) | Err(Errno::TIMEDOUT) => Waited::Woken,
            Err(_) => Waited::Again,
        }
    }

    fn wake_next(&self, word: Word) {
        let address = std::ptr::with_exposed_provenance_mut(word.address() as usize);
        wake(address, libc::UMTX_OP_WAKE, i32::MAX.cast_unsigned());
    }

    fn wake_all(&self, word: Word) {
        self.wake_next(word);
    }
}

/// What processes share, for one thread.
#[derive(Clone, Copy, Debug)]
pub struct SharedWords<'a> {
    system: Umtx,
    lot: &'a Lot,
    thread: u32,
}

impl Shared for SharedWords<'_> {
    type Deadline = Moment;
    type Waiting = shared_condvar::Waiting;

    fn lock(&self, word: Word, mode: Mode, deadline: Option<Moment>) -> Result<bool, Errno> {
        shared::lock(&self.system, self.lot, self.thread, word, mode, deadline)
    }

    fn unlock(&self, word: Word) -> Result<(), Errno> {
        shared::unlock(&self.system, self.thread, word)
    }

    fn begin_wait(&self, word: Word) -> Result<shared_condvar::Waiting, Errno> {
        shared_condvar::begin_wait(&self.system, word)
    }

    fn cancel_wait(&self, word: Word, waiting: shared_condvar::Waiting) {
        shared_condvar::cancel_wait(&self.system, word, waiting);
    }

    fn end_wait(
        &self,
        word: Word,
        waiting: shared_condvar::Waiting,
        deadline: Option<Moment>,
    ) -> Result<bool, Errno> {
        shared_condvar::end_wait(&self.system, word, waiting, deadline)
    }

    fn signal(&self, word: Word, count: Nthreads) -> Result<(), Errno> {
        shared_condvar::signal(&self.system, word, count)
    }
}

impl Thread {
    fn locks(&self) -> Locks<'_, Umtx, SharedWords<'_>> {
        let private = Umtx(self.guest);
        let (lot, thread) = (&self.process.lot, self.id.get().0);
        let shared = SharedWords { system: private, lot, thread };
        Locks { guest: self.guest, lot, waiter: self.waiter, thread, private, shared }
    }
}

/// Waits for a lock or a condition variable: [`Locks::wait`].
///
/// # Errors
/// As there.
pub fn wait(thread: &Thread, subscriptions: &[Subscription]) -> Result<Event, Errno> {
    thread.locks().wait(subscriptions, deadline::of)
}

/// `lock_unlock`
pub fn unlock(thread: &Thread, lock: Word, scope: Scope) -> Result<(), Errno> {
    thread.locks().unlock(lock, scope)
}

/// `condvar_signal`
pub fn signal(thread: &Thread, condvar: Word, scope: Scope, count: Nthreads) -> Result<(), Errno> {
    thread.locks().signal(condvar, scope, count)
}

/// The last thing of a thread that `thread_exit` does to the program's memory.
pub fn release_at_exit(thread: &Thread, lock: u64, scope: Scope) {
    thread.locks().release_at_exit(lock, scope);
}
