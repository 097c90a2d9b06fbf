//! Waiting for condition variables, and signalling them.

use super::bucket;
use super::lock::Mode;
use super::waiter::{State, Waiters};
use super::{Lot, System, Waiter, Word};
use crate::types::Errno;

/// What a condition variable's word is while somebody waits.
const AWAITED: u32 = 1;

/// Why the wait for a condition variable ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It was signalled, and the thread holds its lock again.
    Holding,
    /// It was signalled. The thread does not hold the lock, whose queue is not in the lot.
    Signalled,
    /// The deadline has passed. The thread does not hold the lock.
    Late,
}

impl Lot {
    /// Begins to wait for a condition variable: from here on signals count. The thread holds the lock for writing, and
    /// releases it next; then it calls [`Lot::end_wait`].
    ///
    /// `requeue` says that threads wait for the lock in this lot too.
    ///
    /// # Errors
    /// [`Errno::FAULT`] if there is no memory that can be written. [`Errno::INVAL`] if threads wait for the word with
    /// another lock, or as for a lock, or if it claims waiters that there are not.
    pub fn begin_wait(
        &self,
        system: &impl System,
        waiter: &'static Waiter,
        word: Word,
        lock: Word,
        requeue: bool,
    ) -> Result<(), Errno> {
        let inherited = self.has_inherited();
        let mut bucket = self.bucket(system, word);
        if bucket.is_lock(word) {
            return Err(Errno::INVAL);
        }
        let known = match bucket.condvar(word) {
            Some(queue) if queue.lock != lock || queue.requeue != requeue => return Err(Errno::INVAL),
            Some(_) => true,
            None => false,
        };
        loop {
            let seen = system.load(word)?;
            if seen != 0 && !known && !inherited {
                return Err(Errno::INVAL);
            }
            // Replaced even if it is right already, to see that it can be written.
            if system.compare_exchange(word, seen, AWAITED)? == seen {
                break;
            }
        }
        waiter.prepare();
        bucket.condvar_or_new(word, lock, requeue).waiters.push_back(waiter);
        Ok(())
    }

    /// Waits for a condition variable at most until a deadline, after [`Lot::begin_wait`] with the same arguments.
    ///
    /// # Errors
    /// [`Errno::FAULT`] if the memory of the lock is gone.
    pub fn end_wait<S: System>(
        &self,
        system: &S,
        waiter: &'static Waiter,
        word: Word,
        (lock, requeue): (Word, bool),
        deadline: Option<S::Deadline>,
    ) -> Result<Woken, Errno> {
        let signalled = match waiter.sleep(system, deadline) {
            State::Waiting => !self.leave(system, waiter, word),
            _ => true,
        };
        match (signalled, requeue) {
            (false, _) => Ok(Woken::Late),
            // In the queue of the lock, or soon there. Time does not matter any more.
            (true, true) => {
                self.await_lock(system, waiter, lock, Mode::Write, None)?;
                Ok(Woken::Holding)
            }
            (true, false) => {
                waiter.sleep(system, None);
                Ok(Woken::Signalled)
            }
        }
    }

    /// Ends a wait that has begun, because the lock could not be released.
    pub fn cancel_wait<S: System>(
        &self,
        system: &S,
        waiter: &'static Waiter,
        word: Word,
        lock: (Word, bool),
    ) {
        if !self.leave(system, waiter, word) {
            // A signal came before. What becomes of the lock makes no difference.
            let _ = self.end_wait(system, waiter, word, lock, None);
        }
    }

    /// Leaves the queue of a condition variable. `false` if the waiter is not in there any more.
    fn leave(&self, system: &impl System, waiter: &'static Waiter, word: Word) -> bool {
        let mut bucket = self.bucket(system, word);
        let Some(queue) = bucket.condvar(word) else { return false };
        if !bucket::remove(&mut queue.waiters, waiter) {
            return false;
        }
        if queue.waiters.is_empty() {
            // If the memory is gone, there is no word that could be wrong.
            let _ = clear(system, word);
        }
        bucket.tidy_condvar(word);
        true
    }

    /// Wakes at most so many of those who wait for a condition variable.
    ///
    /// # Errors
    /// [`Errno::FAULT`] if there is no memory that can be written.
    pub fn signal(&self, system: &impl System, word: Word, count: u32) -> Result<(), Errno> {
        // The value does not change. What counts is that it could.
        system.compare_exchange(word, 0, 0)?;
        if count == 0 {
            return Ok(());
        }
        let mut signalled = Waiters::default();
        let (lock, requeue) = {
            let mut bucket = self.bucket(system, word);
            let Some(queue) = bucket.condvar(word) else {
                return Ok(clear(system, word)?);
            };
            for _ in 0..count {
                let Some(waiter) = queue.waiters.pop_front() else { break };
                signalled.push(waiter);
            }
            let lock = (queue.lock, queue.requeue);
            if queue.waiters.is_empty() {
                // It was writable a moment ago. If it is not any more, those that were chosen have to be woken still.
                let _ = clear(system, word);
            }
            bucket.tidy_condvar(word);
            lock
        };
        let mut woken = Waiters::default();
        if requeue {
            let mut bucket = self.bucket(system, lock);
            let queue = bucket.lock_or_new(lock);
            queue.writers.extend(signalled.iter());
            bucket.settle(system, lock, &mut woken);
        } else {
            for waiter in signalled.iter() {
                woken.end(waiter, State::Signalled);
            }
        }
        woken.wake(system);
        Ok(())
    }
}

/// Says in the word of a condition variable that nobody waits.
fn clear(system: &impl System, word: Word) -> Result<(), crate::memory::Fault> {
    let mut seen = system.load(word)?;
    while seen != 0 {
        match system.compare_exchange(word, seen, 0)? {
            before if before == seen => break,
            before => seen = before,
        }
    }
    Ok(())
}
