//! Taking and releasing locks.

use super::bucket::Bucket;
use super::waiter::{State, Waiters};
use super::{HOLDERS, Lot, MANAGED, System, WRITE_LOCKED, Waiter, Word};
use crate::memory::Fault;
use crate::types::Errno;

/// What a lock is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Together with other readers.
    Read,
    /// Alone.
    Write,
}

/// What came of an attempt to take a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Taken,
    Queued,
}

impl Lot {
    /// Takes a lock for a thread, and waits for it at most until a deadline. Whether it was taken.
    ///
    /// # Errors
    /// [`Errno::DEADLK`] if the thread holds it for writing. [`Errno::FAULT`] if there is no memory that can be
    /// written. [`Errno::INVAL`] if others wait for it as for a condition variable, if the word claims waiters that there
    /// are not, or if it has no room for one more reader.
    pub fn lock<S: System>(
        &self,
        system: &S,
        waiter: &'static Waiter,
        word: Word,
        mode: Mode,
        deadline: Option<S::Deadline>,
    ) -> Result<bool, Errno> {
        if take_free(system, waiter.thread(), word, mode)? {
            return Ok(true);
        }
        let attempt = {
            let mut bucket = self.bucket(system, word);
            waiter.prepare();
            bucket.take_or_queue(system, waiter, word, mode, Came::ByItself(self.has_inherited()))?
        };
        match attempt {
            Attempt::Taken => Ok(true),
            Attempt::Queued => self.await_lock(system, waiter, word, mode, deadline),
        }
    }

    /// Waits in the queue of a lock, or on the way there. Whether the lock was taken.
    pub(super) fn await_lock<S: System>(
        &self,
        system: &S,
        waiter: &'static Waiter,
        word: Word,
        mode: Mode,
        deadline: Option<S::Deadline>,
    ) -> Result<bool, Errno> {
        loop {
            match waiter.sleep(system, deadline) {
                State::Granted => return Ok(true),
                State::Failed | State::Signalled => return Err(Errno::FAULT),
                State::Called => {
                    let mut bucket = self.bucket(system, word);
                    bucket.lock_or_new(word).called = false;
                    waiter.set(State::Waiting);
                    let attempt = bucket.take_or_queue(system, waiter, word, mode, Came::Called);
                    let mut woken = Waiters::default();
                    match attempt {
                        Ok(Attempt::Queued) => {}
                        Ok(Attempt::Taken) => bucket.tidy_lock(word),
                        Err(_) => bucket.settle(system, word, &mut woken),
                    }
                    drop(bucket);
                    woken.wake(system);
                    if attempt? == Attempt::Taken {
                        return Ok(true);
                    }
                }
                State::Waiting => {
                    let mut bucket = self.bucket(system, word);
                    // Somebody may have chosen this thread since. Then there is something to be done about it.
                    if waiter.state() == State::Waiting {
                        let mut woken = Waiters::default();
                        bucket.lock_or_new(word).remove(waiter);
                        bucket.settle(system, word, &mut woken);
                        drop(bucket);
                        woken.wake(system);
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Releases a lock that this thread holds for writing, whether others wait for it or not.
    ///
    /// # Errors
    /// [`Errno::PERM`] if it does not hold it, [`Errno::FAULT`] if there is no memory that can be written.
    pub fn unlock(&self, system: &impl System, thread: u32, word: Word) -> Result<(), Errno> {
        let held = WRITE_LOCKED | thread;
        if system.load(word)? == held && system.compare_exchange(word, held, 0)? == held {
            return Ok(());
        }
        let mut woken = Waiters::default();
        {
            let mut bucket = self.bucket(system, word);
            loop {
                let seen = system.load(word)?;
                if seen & !MANAGED != held {
                    // Where nothing can be written there is no lock.
                    system.compare_exchange(word, seen, seen)?;
                    return Err(Errno::PERM);
                }
                if bucket.pass_on(system, word, seen, &mut woken)? {
                    break;
                }
            }
        }
        woken.wake(system);
        Ok(())
    }
}

/// Takes a lock without the lot, if that can be done soon.
fn take_free(system: &impl System, thread: u32, word: Word, mode: Mode) -> Result<bool, Errno> {
    // Others hold it for a short time, as a rule.
    let mut spins = 0;
    loop {
        let seen = system.load(word)?;
        let new = match mode {
            Mode::Write if seen == 0 => WRITE_LOCKED | thread,
            Mode::Read if seen < HOLDERS => seen + 1,
            _ if seen == WRITE_LOCKED | thread => return Err(Errno::DEADLK),
            _ if seen & MANAGED != 0 || spins >= system.patience() => return Ok(false),
            _ => {
                spins += 1;
                system.relax();
                continue;
            }
        };
        if system.compare_exchange(word, seen, new)? == seen {
            return Ok(true);
        }
    }
}

/// How a thread came to try and take a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// Of its own accord. The word may have inherited its claim that there are waiters.
    ByItself(bool),
    /// It was called.
    Called,
}

impl Bucket {
    /// Takes a lock, or else queues the waiter.
    fn take_or_queue<S: System>(
        &mut self,
        system: &S,
        waiter: &'static Waiter,
        word: Word,
        mode: Mode,
        came: Came,
    ) -> Result<Attempt, Errno> {
        loop {
            let seen = system.load(word)?;
            let holders = seen & HOLDERS;
            if seen & WRITE_LOCKED != 0 && holders == waiter.thread() {
                return Err(Errno::DEADLK);
            }
            if let Came::ByItself(inherited) = came
                && !self.is_lock(word)
                && (self.is_condvar(word) || (seen & MANAGED != 0 && (!inherited || seen == MANAGED)))
            {
                return Err(Errno::INVAL);
            }
            let (others, called, writers) = match self.lock(word) {
                Some(queue) => (!queue.is_empty(), queue.called, !queue.writers.is_empty()),
                None => (false, false, false),
            };
            // Whoever was called will see to the others.
            let flag = if others && !called { MANAGED } else { 0 };
            let taken = match mode {
                Mode::Write if seen & !MANAGED == 0 => Some(WRITE_LOCKED | waiter.thread() | flag),
                Mode::Read if seen & WRITE_LOCKED == 0 && !writers => {
                    if holders == HOLDERS {
                        return Err(Errno::INVAL);
                    }
                    Some((holders + 1) | flag)
                }
                _ => None,
            };
            if let Some(taken) = taken {
                if system.compare_exchange(word, seen, taken)? == seen {
                    return Ok(Attempt::Taken);
                }
                continue;
            }
            let queued = if called { seen } else { seen | MANAGED };
            if queued != seen && system.compare_exchange(word, seen, queued)? != seen {
                continue;
            }
            let queue = self.lock_or_new(word);
            match (mode, came) {
                (Mode::Write, Came::ByItself(_)) => queue.writers.push_back(waiter),
                (Mode::Write, Came::Called) => {
                    waiter.called_in_vain(system);
                    queue.writers.push_front(waiter);
                }
                (Mode::Read, _) => queue.readers.push_back(waiter),
            }
            return Ok(Attempt::Queued);
        }
    }

    /// Releases a lock that is held for writing, and chooses who is to get it. `false` if the word is not as it was seen.
    fn pass_on(
        &mut self,
        system: &impl System,
        word: Word,
        seen: u32,
        woken: &mut Waiters,
    ) -> Result<bool, Fault> {
        let replace = |new| Ok(system.compare_exchange(word, seen, new)? == seen);
        let Some(queue) = self.lock(word) else { return replace(0) };
        if queue.called {
            return replace(0);
        }
        if let Some(first) = queue.writers.front().copied() {
            let handed_over = first.is_impatient();
            let flag = if queue.writers.len() + queue.readers.len() > 1 { MANAGED } else { 0 };
            if !replace(if handed_over { WRITE_LOCKED | first.thread() | flag } else { 0 })? {
                return Ok(false);
            }
            queue.writers.pop_front();
            queue.called = !handed_over;
            woken.end(first, if handed_over { State::Granted } else { State::Called });
        } else {
            // There cannot be more readers than threads, of which there are fewer than numbers for them.
            if !replace(queue.readers.len() as u32)? {
                return Ok(false);
            }
            while let Some(reader) = queue.readers.pop_front() {
                woken.end(reader, State::Granted);
            }
        }
        self.tidy_lock(word);
        Ok(true)
    }

    /// Makes sure that somebody sees to those that are left in a queue, and gives the queue up if nobody is. To be called
    /// after a change.
    pub(super) fn settle(&mut self, system: &impl System, word: Word, woken: &mut Waiters) {
        let Some(queue) = self.lock(word) else { return };
        if queue.called {
            return;
        }
        loop {
            let Ok(seen) = system.load(word) else { return self.fail(word, woken) };
            let free = seen & !MANAGED == 0;
            let shared = seen & WRITE_LOCKED == 0;
            let readers = queue.writers.is_empty() && shared;
            let new = if queue.is_empty() {
                seen & !MANAGED
            } else if readers {
                // Too many to be true do not make it overflow into the flags.
                (seen & HOLDERS).saturating_add(queue.readers.len() as u32).min(HOLDERS)
            } else if free {
                0
            } else {
                seen | MANAGED
            };
            match system.compare_exchange(word, seen, new) {
                Ok(before) if before == seen => {}
                Ok(_) => continue,
                Err(Fault) => return self.fail(word, woken),
            }
            if readers {
                while let Some(reader) = queue.readers.pop_front() {
                    woken.end(reader, State::Granted);
                }
            } else if free && let Some(first) = queue.writers.pop_front() {
                queue.called = true;
                woken.end(first, State::Called);
            }
            return self.tidy_lock(word);
        }
    }

    /// The memory of a lock is gone, and so is all hope.
    fn fail(&mut self, word: Word, woken: &mut Waiters) {
        let Some(queue) = self.lock(word) else { return };
        for waiter in queue.writers.drain(..).chain(queue.readers.drain(..)) {
            woken.end(waiter, State::Failed);
        }
        self.tidy_lock(word);
    }
}
