//! Locks and condition variables: waiting for them, and waking those who wait.
//!
//! Those of one process have their queues in its [`cloudabi_host::parking::Lot`]. Locks that processes share are
//! [`cloudabi_host::parking::shared`]'s, and condition variables that they share those of `condvars`.

mod condvars;
mod futex;

use cloudabi_host::memory::{AtomicMemory as _, GuestMemory as _, Region};
use cloudabi_host::parking::{Mode, Woken, Word, shared};
use cloudabi_host::types::{
    Errno, Event, Eventtype, Lock, Nthreads, Scope, Subscription, SubscriptionCondvar, SubscriptionLock,
};

use super::Thread;
use super::deadline::Deadline;
use futex::Futexes;

/// A word, and who shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Object {
    word: Word,
    shared: bool,
}

impl Object {
    fn new(word: Word, scope: Scope) -> Result<Object, Errno> {
        match scope {
            Scope::PRIVATE => Ok(Object { word, shared: false }),
            Scope::SHARED => Ok(Object { word, shared: true }),
            _ => Err(Errno::INVAL),
        }
    }

    /// From a subscription, where nobody has looked at it before.
    fn of(region: Region, address: u64, scope: Scope) -> Result<Object, Errno> {
        if !address.is_multiple_of(size_of::<u32>() as u64) {
            return Err(Errno::INVAL);
        }
        Object::new(Word::new(region, address)?, scope)
    }
}

/// Waits for a lock or a condition variable, as [`poll`](cloudabi_host::syscalls::Syscalls::poll) does when that is the
/// first of its subscriptions. Gives the one event that there is: the lock's or condition variable's, or the clock's.
///
/// The caller has found out that the event can be stored: a lock that is taken must not get lost.
///
/// # Errors
/// [`Errno::INVAL`] if anything but one clock follows. Nothing was waited for then.
pub fn wait(thread: &Thread, subscriptions: &[Subscription]) -> Result<Event, Errno> {
    let (first, clock) = match subscriptions {
        [first] => (first, None),
        [first, clock] if clock.r#type == Eventtype::CLOCK => (first, Some(clock)),
        _ => return Err(Errno::INVAL),
    };
    let deadline = match clock.map(|clock| Deadline::of(&clock.union.as_clock())) {
        None => None,
        Some(Ok(deadline)) => deadline,
        Some(Err(error)) => return Ok(event(clock.unwrap_or(first), error)),
    };
    let outcome = match first.r#type {
        Eventtype::CONDVAR => thread.wait_for_condvar(&first.union.as_condvar(), deadline),
        Eventtype::LOCK_RDLOCK => thread.wait_for_lock(&first.union.as_lock(), Mode::Read, deadline),
        Eventtype::LOCK_WRLOCK => thread.wait_for_lock(&first.union.as_lock(), Mode::Write, deadline),
        _ => return Err(Errno::INVAL),
    };
    Ok(match outcome {
        Ok(true) => event(first, Errno::SUCCESS),
        Ok(false) => event(clock.unwrap_or(first), Errno::SUCCESS),
        Err(error) => event(first, error),
    })
}

fn event(of: &Subscription, error: Errno) -> Event {
    Event { userdata: of.userdata, r#type: of.r#type, error, ..Event::ZERO }
}

/// `lock_unlock`
pub fn unlock(thread: &Thread, lock: Word, scope: Scope) -> Result<(), Errno> {
    thread.release(Object::new(lock, scope)?)
}

/// `condvar_signal`
pub fn signal(thread: &Thread, condvar: Word, scope: Scope, count: Nthreads) -> Result<(), Errno> {
    let Object { word, shared } = Object::new(condvar, scope)?;
    let system = Futexes(thread.guest);
    if shared {
        condvars::signal(&system, word, count)
    } else {
        thread.process.lot.signal(&system, word, count)
    }
}

/// The last thing of a thread that `thread_exit` does to the program's memory. Nobody is to be told if that cannot be done.
pub fn release_at_exit(thread: &Thread, lock: u64, scope: Scope) {
    if let Ok(lock) = Object::of(thread.guest.region(), lock, scope) {
        let _ = thread.release(lock);
    }
}

impl Thread {
    fn wait_for_lock(
        &self,
        subscription: &SubscriptionLock,
        mode: Mode,
        deadline: Option<Deadline>,
    ) -> Result<bool, Errno> {
        let lock = Object::of(self.guest.region(), subscription.lock, subscription.lock_scope)?;
        self.take(lock, mode, deadline)
    }

    fn wait_for_condvar(
        &self,
        subscription: &SubscriptionCondvar,
        deadline: Option<Deadline>,
    ) -> Result<bool, Errno> {
        let region = self.guest.region();
        let condvar = Object::of(region, subscription.condvar, subscription.condvar_scope)?;
        let lock = Object::of(region, subscription.lock, subscription.lock_scope)?;
        self.check_holds(lock)?;
        let system = Futexes(self.guest);
        if condvar.shared {
            if self.process.lot.is_awaited(&system, condvar.word) {
                return Err(Errno::INVAL);
            }
            let waiting = condvars::begin_wait(&system, condvar.word)?;
            self.release(lock).inspect_err(|_| condvars::cancel_wait(&system, condvar.word, waiting))?;
            let signalled = condvars::end_wait(&system, condvar.word, waiting, deadline);
            self.take(lock, Mode::Write, None)?;
            return signalled;
        }
        let (lot, waiter) = (&self.process.lot, self.waiter);
        let queue = (lock.word, !lock.shared);
        lot.begin_wait(&system, waiter, condvar.word, lock.word, !lock.shared)?;
        self.release(lock).inspect_err(|_| lot.cancel_wait(&system, waiter, condvar.word, queue))?;
        match lot.end_wait(&system, waiter, condvar.word, queue, deadline)? {
            Woken::Holding => Ok(true),
            woken => {
                self.take(lock, Mode::Write, None)?;
                Ok(woken == Woken::Signalled)
            }
        }
    }

    /// Takes a lock. `false` if the deadline passed before.
    fn take(&self, lock: Object, mode: Mode, deadline: Option<Deadline>) -> Result<bool, Errno> {
        let system = Futexes(self.guest);
        let lot = &self.process.lot;
        if !lock.shared {
            return lot.lock(&system, self.waiter, lock.word, mode, deadline);
        }
        shared::lock(&system, lot, self.id.get().0, lock.word, mode, deadline)
    }

    fn release(&self, lock: Object) -> Result<(), Errno> {
        let system = Futexes(self.guest);
        if lock.shared {
            shared::unlock(&system, self.id.get().0, lock.word)
        } else {
            self.process.lot.unlock(&system, self.id.get().0, lock.word)
        }
    }

    /// Whether the thread holds a lock for writing.
    fn check_holds(&self, lock: Object) -> Result<(), Errno> {
        let word = self.guest.load_word(lock.word)?;
        let held = Lock::WRLOCKED.0 | self.id.get().0;
        if word & !Lock::KERNEL_MANAGED.0 == held { Ok(()) } else { Err(Errno::PERM) }
    }
}
