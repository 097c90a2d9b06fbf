//! Locks and condition variables: waiting for them, and waking those who wait.
//!
//! Those of one process have their queues in its [`Lot`]. Those that processes share are up to the host: [`Shared`].

use crate::address_space::Guest;
use crate::memory::{AtomicMemory as _, GuestMemory as _, Region};
use crate::parking::{Lot, Mode, System, Waiter, Woken, Word};
use crate::types::{
    Errno, Event, Eventtype, Lock, Nthreads, Scope, Subscription, SubscriptionClock, SubscriptionCondvar,
    SubscriptionLock,
};

/// The locks and condition variables that processes share, for one thread.
pub trait Shared {
    /// A point in time.
    type Deadline: Copy;

    /// A wait for a condition variable that has begun.
    type Waiting: Copy;

    /// Takes a lock, and waits for it at most until a deadline. Whether it was taken.
    ///
    /// # Errors
    /// [`Errno::DEADLK`] if the thread holds it for writing, [`Errno::FAULT`] if there is no memory that can be written,
    /// [`Errno::INVAL`] if the word makes no sense or others wait for it in the lot.
    fn lock(&self, word: Word, mode: Mode, deadline: Option<Self::Deadline>) -> Result<bool, Errno>;

    /// Releases a lock that the thread holds.
    ///
    /// # Errors
    /// [`Errno::PERM`] if it does not, [`Errno::FAULT`] if there is no memory that can be written.
    fn unlock(&self, word: Word) -> Result<(), Errno>;

    /// Begins to wait for a condition variable: from here on signals count.
    ///
    /// # Errors
    /// [`Errno::FAULT`] if there is no memory that can be written.
    fn begin_wait(&self, word: Word) -> Result<Self::Waiting, Errno>;

    /// Ends a wait that nobody has signalled.
    fn cancel_wait(&self, word: Word, waiting: Self::Waiting);

    /// Waits for a condition variable at most until a deadline. Whether it was signalled.
    ///
    /// # Errors
    /// [`Errno::FAULT`] if the memory is gone.
    fn end_wait(
        &self,
        word: Word,
        waiting: Self::Waiting,
        deadline: Option<Self::Deadline>,
    ) -> Result<bool, Errno>;

    /// Wakes at most so many of those who wait for a condition variable.
    ///
    /// # Errors
    /// [`Errno::FAULT`] if there is no memory that can be written.
    fn signal(&self, word: Word, count: Nthreads) -> Result<(), Errno>;
}

/// What a thread waits by.
#[derive(Clone, Copy, Debug)]
pub struct Locks<'a, P, S> {
    /// The program's memory.
    pub guest: Guest,
    /// Where the threads of this process wait.
    pub lot: &'a Lot,
    /// What this thread waits with.
    pub waiter: &'static Waiter,
    /// Its number.
    pub thread: u32,
    /// How threads of this process sleep and wake up.
    pub private: P,
    /// How those of several processes do.
    pub shared: S,
}

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

fn event(of: &Subscription, error: Errno) -> Event {
    Event { userdata: of.userdata, r#type: of.r#type, error, ..Event::ZERO }
}

impl<P: System, S: Shared<Deadline = P::Deadline>> Locks<'_, P, S> {
    /// Waits for a lock or a condition variable, as [`poll`](crate::syscalls::Syscalls::poll) does when that is the
    /// first of its subscriptions. Gives the one event that there is: the lock's or condition variable's, or the clock's.
    ///
    /// The caller has found out that the event can be stored: a lock that is taken must not get lost.
    ///
    /// # Errors
    /// [`Errno::INVAL`] if anything but one clock follows. Nothing was waited for then.
    pub fn wait(
        &self,
        subscriptions: &[Subscription],
        deadline_of: impl FnOnce(&SubscriptionClock) -> Result<Option<P::Deadline>, Errno>,
    ) -> Result<Event, Errno> {
        let (first, clock) = match subscriptions {
            [first] => (first, None),
            [first, clock] if clock.r#type == Eventtype::CLOCK => (first, Some(clock)),
            _ => return Err(Errno::INVAL),
        };
        let deadline = match clock.map(|clock| deadline_of(&clock.union.as_clock())) {
            None => None,
            Some(Ok(deadline)) => deadline,
            Some(Err(error)) => return Ok(event(clock.unwrap_or(first), error)),
        };
        let outcome = match first.r#type {
            Eventtype::CONDVAR => self.wait_for_condvar(&first.union.as_condvar(), deadline),
            Eventtype::LOCK_RDLOCK => self.wait_for_lock(&first.union.as_lock(), Mode::Read, deadline),
            Eventtype::LOCK_WRLOCK => self.wait_for_lock(&first.union.as_lock(), Mode::Write, deadline),
            _ => return Err(Errno::INVAL),
        };
        Ok(match outcome {
            Ok(true) => event(first, Errno::SUCCESS),
            Ok(false) => event(clock.unwrap_or(first), Errno::SUCCESS),
            Err(error) => event(first, error),
        })
    }

    /// `lock_unlock`
    ///
    /// # Errors
    /// As documented there.
    pub fn unlock(&self, lock: Word, scope: Scope) -> Result<(), Errno> {
        self.release(Object::new(lock, scope)?)
    }

    /// `condvar_signal`
    ///
    /// # Errors
    /// As documented there.
    pub fn signal(&self, condvar: Word, scope: Scope, count: Nthreads) -> Result<(), Errno> {
        let Object { word, shared } = Object::new(condvar, scope)?;
        if shared { self.shared.signal(word, count) } else { self.lot.signal(&self.private, word, count) }
    }

    /// The last thing of a thread that `thread_exit` does to the program's memory. Nobody is to be told if that cannot be done.
    pub fn release_at_exit(&self, lock: u64, scope: Scope) {
        if let Ok(lock) = Object::of(self.guest.region(), lock, scope) {
            let _ = self.release(lock);
        }
    }

    fn wait_for_lock(
        &self,
        subscription: &SubscriptionLock,
        mode: Mode,
        deadline: Option<P::Deadline>,
    ) -> Result<bool, Errno> {
        let lock = Object::of(self.guest.region(), subscription.lock, subscription.lock_scope)?;
        self.take(lock, mode, deadline)
    }

    fn wait_for_condvar(
        &self,
        subscription: &SubscriptionCondvar,
        deadline: Option<P::Deadline>,
    ) -> Result<bool, Errno> {
        let region = self.guest.region();
        let condvar = Object::of(region, subscription.condvar, subscription.condvar_scope)?;
        let lock = Object::of(region, subscription.lock, subscription.lock_scope)?;
        self.check_holds(lock)?;
        if condvar.shared {
            if self.lot.is_awaited(&self.private, condvar.word) {
                return Err(Errno::INVAL);
            }
            let waiting = self.shared.begin_wait(condvar.word)?;
            self.release(lock).inspect_err(|_| self.shared.cancel_wait(condvar.word, waiting))?;
            let signalled = self.shared.end_wait(condvar.word, waiting, deadline);
            self.take(lock, Mode::Write, None)?;
            return signalled;
        }
        let (lot, waiter) = (self.lot, self.waiter);
        let queue = (lock.word, !lock.shared);
        lot.begin_wait(&self.private, waiter, condvar.word, lock.word, !lock.shared)?;
        self.release(lock).inspect_err(|_| lot.cancel_wait(&self.private, waiter, condvar.word, queue))?;
        match lot.end_wait(&self.private, waiter, condvar.word, queue, deadline)? {
            Woken::Holding => Ok(true),
            woken => {
                self.take(lock, Mode::Write, None)?;
                Ok(woken == Woken::Signalled)
            }
        }
    }

    /// Takes a lock. `false` if the deadline passed before.
    fn take(&self, lock: Object, mode: Mode, deadline: Option<P::Deadline>) -> Result<bool, Errno> {
        if !lock.shared {
            return self.lot.lock(&self.private, self.waiter, lock.word, mode, deadline);
        }
        self.shared.lock(lock.word, mode, deadline)
    }

    fn release(&self, lock: Object) -> Result<(), Errno> {
        if lock.shared {
            self.shared.unlock(lock.word)
        } else {
            self.lot.unlock(&self.private, self.thread, lock.word)
        }
    }

    /// Whether the thread holds a lock for writing.
    fn check_holds(&self, lock: Object) -> Result<(), Errno> {
        let word = self.guest.load_word(lock.word)?;
        let held = Lock::WRLOCKED.0 | self.thread;
        if word & !Lock::KERNEL_MANAGED.0 == held { Ok(()) } else { Err(Errno::PERM) }
    }
}
