//! Locks and condition variables, as [`cloudabi_host::locks`] has them, by means of futex(2).

mod condvars;
mod futex;

use cloudabi_host::locks::{Locks, Shared};
use cloudabi_host::parking::{Lot, Mode, Word, shared, shared_condvar};
use cloudabi_host::types::{Errno, Event, Nthreads, Scope, Subscription};

use super::Thread;
use super::deadline::Deadline;
use crate::shortcuts::Shortcut;
use futex::Futexes;

impl Thread {
    fn locks(&self) -> Locks<'_, Futexes, SharedWords<'_>> {
        let private = Futexes(self.guest);
        let (lot, thread) = (&self.process.lot, self.id.get().0);
        let shared = SharedWords { system: private, lot, thread };
        Locks { guest: self.guest, lot, waiter: self.waiter, thread, private, shared }
    }
}

/// What processes share, for one thread.
#[derive(Clone, Copy, Debug)]
struct SharedWords<'a> {
    system: Futexes,
    lot: &'a Lot,
    thread: u32,
}

/// A wait for a condition variable that has begun.
#[derive(Clone, Copy, Debug)]
enum Waiting {
    /// Of those for which the kernel tells how many it woke.
    Counted(condvars::Waiting),
    /// Of those that do without.
    Portable(shared_condvar::Waiting),
}

impl Shared for SharedWords<'_> {
    type Deadline = Deadline;
    type Waiting = Waiting;

    fn lock(&self, word: Word, mode: Mode, deadline: Option<Deadline>) -> Result<bool, Errno> {
        shared::lock(&self.system, self.lot, self.thread, word, mode, deadline)
    }

    fn unlock(&self, word: Word) -> Result<(), Errno> {
        shared::unlock(&self.system, self.thread, word)
    }

    fn begin_wait(&self, word: Word) -> Result<Waiting, Errno> {
        if Shortcut::FutexCounts.is_taken() {
            condvars::begin_wait(&self.system, word).map(Waiting::Counted)
        } else {
            shared_condvar::begin_wait(&self.system, word).map(Waiting::Portable)
        }
    }

    fn cancel_wait(&self, word: Word, waiting: Waiting) {
        match waiting {
            Waiting::Counted(waiting) => condvars::cancel_wait(&self.system, word, waiting),
            Waiting::Portable(waiting) => shared_condvar::cancel_wait(&self.system, word, waiting),
        }
    }

    fn end_wait(&self, word: Word, waiting: Waiting, deadline: Option<Deadline>) -> Result<bool, Errno> {
        match waiting {
            Waiting::Counted(waiting) => condvars::end_wait(&self.system, word, waiting, deadline),
            Waiting::Portable(waiting) => shared_condvar::end_wait(&self.system, word, waiting, deadline),
        }
    }

    fn signal(&self, word: Word, count: Nthreads) -> Result<(), Errno> {
        if Shortcut::FutexCounts.is_taken() {
            condvars::signal(&self.system, word, count)
        } else {
            shared_condvar::signal(&self.system, word, count)
        }
    }
}

/// Waits for a lock or a condition variable: [`Locks::wait`].
///
/// # Errors
/// As there.
pub fn wait(thread: &Thread, subscriptions: &[Subscription]) -> Result<Event, Errno> {
    thread.locks().wait(subscriptions, Deadline::of)
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
