//! Locks and condition variables of one process: where its threads wait, and who is woken.
//!
//! A [`Lot`] keeps the queues of all words of a program that threads wait for, keyed by the address of the word. A
//! thread waits with a [`Waiter`] of its own, on a word of the host's; so a waiting thread needs nothing of the
//! program's memory, and exactly the thread that is meant wakes up. What a lot needs of the operating system is a
//! [`System`].
//!
//! **Who gets a lock.** A writer that releases a lock for which others wait makes it free, *calls* the first waiting
//! writer, and does not wait for it: whoever comes by meanwhile takes the lock with one instruction. Passing it on to
//! the one that waits would cost a switch of threads each time. A writer that was called in vain for too long gets the
//! lock handed over. Readers only get it if no writer waits, and then it is handed to all of them at once.
//!
//! **The flag.** A lock's word has [`Lock::KERNEL_MANAGED`] if somebody is queued, with one exception: while a called
//! writer is under way the flag is not needed, because that writer is going to see to the others. When the last one
//! leaves a queue the word is as if there had never been one. That is also how a word is known that claims waiters
//! that there are not.
//!
//! **Condition variables.** A signalled thread does not wake up to find that its lock is taken: it is moved to the
//! queue of the lock.
//!
//! **Several processes.** A lot is one process's. Locks that processes share are in [`shared`], and condition variables in
//! [`shared_condvar`].
//!
//! Changes of a queue, and of the flag with it, happen under the lock of the queue's bucket. No two buckets are locked at
//! the same time.

mod bucket;
mod condvar;
mod lock;
mod mutex;
pub mod shared;
pub mod shared_condvar;
mod waiter;

pub use condvar::Woken;
pub use lock::Mode;
pub use waiter::Waiter;

use crate::memory::{Fault, GuestAtomic};
use crate::types::Lock;
use bucket::Bucket;
use core::array;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use mutex::{Mutex, MutexGuard};

/// A word of the program's: a lock or a condition variable.
pub type Word = GuestAtomic<u32>;

/// Flag of a lock: held for writing.
const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;

/// Flag of a lock: its release is the host's.
const MANAGED: u32 = Lock::KERNEL_MANAGED.0;

/// The part of a lock that counts readers or names the writer.
const HOLDERS: u32 = !(WRITE_LOCKED | MANAGED);

/// What a lot needs of the operating system.
pub trait System {
    /// A point in time.
    type Deadline: Copy;

    /// Loads a word of the program's: [`crate::memory::AtomicMemory::load_word`].
    ///
    /// # Errors
    /// [`Fault`] if there is no memory that could be read.
    fn load(&self, word: Word) -> Result<u32, Fault>;

    /// Replaces a word of the program's: [`crate::memory::AtomicMemory::compare_exchange_word`].
    ///
    /// # Errors
    /// [`Fault`] if there is no memory that could be written.
    fn compare_exchange(&self, word: Word, current: u32, new: u32) -> Result<u32, Fault>;

    /// Sleeps while a word of the host's has this value. It may return for no reason, but not early with
    /// [`Slept::Late`].
    fn wait(&self, word: &AtomicU32, value: u32, deadline: Option<Self::Deadline>) -> Slept;

    /// Wakes one of those that sleep with [`System::wait`] on this word. The word may have become something else
    /// meanwhile, or be gone: nothing but its address is used.
    fn wake(&self, word: *const AtomicU32);

    /// The time, in nanoseconds since some moment.
    fn now(&self) -> u64;

    /// Called in loops that expect another thread to do something soon.
    fn relax(&self) {
        core::hint::spin_loop();
    }

    /// How often a thread calls [`System::relax`] before it goes to sleep.
    fn patience(&self) -> u32 {
        100
    }

    /// Called where another thread could interfere without any of the above. For models.
    #[inline(always)]
    fn step(&self) {}
}

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// Perhaps because somebody woke the thread.
    Woken,
    /// The deadline has passed.
    Late,
}

/// How many buckets there are: a power of two. Words that share one share its lock only.
const BUCKETS: usize = 256;

/// The buckets of a lot.
type Buckets = [Mutex<Bucket>; BUCKETS];

/// All queues of a process.
#[derive(Debug)]
pub struct Lot {
    /// Null until somebody waits: most programs end before that, and start faster without.
    buckets: AtomicPtr<Buckets>,
    /// Whether words may claim waiters that are not here: those that a process has inherited from its parent.
    inherited: AtomicBool,
}

impl Lot {
    /// A lot where nobody waits.
    pub fn new() -> Lot {
        Lot { buckets: AtomicPtr::new(ptr::null_mut()), inherited: AtomicBool::new(false) }
    }

    /// Forgets everybody who waits, in a new process that only has the thread which made it.
    ///
    /// From here on a word that claims waiters is believed to have inherited the claim.
    ///
    /// # Safety
    /// The calling thread is the only one of this process, and not in a call of this lot's.
    pub unsafe fn after_fork(&self) {
        for bucket in self.existing().into_iter().flatten() {
            // Those that nobody uses are left alone: memory that is written to has to be copied first.
            // SAFETY: nobody else is there to hold it.
            unsafe { bucket.renew_unless(|bucket| bucket.len() == 0, Bucket::default()) };
        }
        self.inherited.store(true, Ordering::Relaxed);
    }

    /// Whether somebody waits for this word.
    pub fn is_awaited(&self, system: &impl System, word: Word) -> bool {
        self.bucket(system, word).knows(word)
    }

    /// How many words there are that somebody waits for.
    pub fn len(&self, system: &impl System) -> usize {
        self.existing().into_iter().flatten().map(|bucket| bucket.lock(system).len()).sum()
    }

    /// The buckets, if there are any yet.
    fn existing(&self) -> Option<&Buckets> {
        // SAFETY: what is there came from a box, and stays for as long as the lot.
        unsafe { self.buckets.load(Ordering::Acquire).as_ref() }
    }

    fn buckets(&self) -> &Buckets {
        self.existing().unwrap_or_else(|| self.make_buckets())
    }

    /// Makes the buckets. Not by a lock or the like, which a process that is forked meanwhile would find taken.
    // They are large. A caller that this is expanded into would touch as much of its thread's stack each time.
    #[cold]
    #[inline(never)]
    fn make_buckets(&self) -> &Buckets {
        let new: Box<Buckets> = Box::new(array::from_fn(|_| Mutex::new(Bucket::default())));
        let new = Box::into_raw(new);
        match self.buckets.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: it came from a box just now, and now belongs to the lot.
            Ok(_) => unsafe { &*new },
            Err(theirs) => {
                // SAFETY: it came from a box just now, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: another thread has put it there, from a box of its own.
                unsafe { &*theirs }
            }
        }
    }

    fn bucket<'a, S: System>(&'a self, system: &'a S, word: Word) -> MutexGuard<'a, Bucket, S> {
        // Fibonacci hashing: the upper bits of the product depend on all bits of the address.
        let hash = (word.address() >> 2).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.buckets()[(hash >> (u64::BITS - BUCKETS.ilog2())) as usize].lock(system)
    }

    fn has_inherited(&self) -> bool {
        self.inherited.load(Ordering::Relaxed)
    }
}

impl Drop for Lot {
    fn drop(&mut self) {
        let buckets = *self.buckets.get_mut();
        if !buckets.is_null() {
            // SAFETY: it came from a box, and with the lot goes the last who knows of it.
            drop(unsafe { Box::from_raw(buckets) });
        }
    }
}

impl Default for Lot {
    fn default() -> Self {
        Lot::new()
    }
}
