//! Queues of words that have the same hash value.

use super::{Waiter, Word};
use std::collections::VecDeque;

/// How many queues that are not used are kept, so that most waits need no memory from the heap.
const SPARE: usize = 4;

/// Those who wait for a lock.
#[derive(Debug)]
pub(super) struct LockQueue {
    pub word: Word,
    pub writers: VecDeque<&'static Waiter>,
    pub readers: VecDeque<&'static Waiter>,
    /// Whether a writer was called and has not looked at the lock since.
    pub called: bool,
}

impl LockQueue {
    /// Whether nobody is queued. Somebody may still have been called.
    pub fn is_empty(&self) -> bool {
        self.writers.is_empty() && self.readers.is_empty()
    }

    /// Takes out somebody who gives up.
    pub fn remove(&mut self, waiter: &'static Waiter) {
        remove(&mut self.writers, waiter);
        remove(&mut self.readers, waiter);
    }
}

/// Those who wait for a condition variable.
#[derive(Debug)]
pub(super) struct CondvarQueue {
    pub word: Word,
    pub waiters: VecDeque<&'static Waiter>,
    /// The lock that all of them held.
    pub lock: Word,
    /// Whether this lock's queue is in the lot too.
    pub requeue: bool,
}

/// Takes a waiter out of a queue. Whether it was in there.
pub(super) fn remove(queue: &mut VecDeque<&'static Waiter>, waiter: &'static Waiter) -> bool {
    match queue.iter().position(|queued| core::ptr::eq(*queued, waiter)) {
        Some(index) => queue.remove(index).is_some(),
        None => false,
    }
}

/// Queues, in no order. There are few: seldom more than one.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    locks: Vec<LockQueue>,
    condvars: Vec<CondvarQueue>,
    spare_locks: Vec<LockQueue>,
    spare_condvars: Vec<CondvarQueue>,
}

impl Bucket {
    /// Whether somebody waits for this word, whatever it is.
    pub fn knows(&self, word: Word) -> bool {
        self.is_lock(word) || self.is_condvar(word)
    }

    /// How many words are waited for.
    pub fn len(&self) -> usize {
        self.locks.len() + self.condvars.len()
    }

    pub fn is_lock(&self, word: Word) -> bool {
        self.locks.iter().any(|queue| queue.word == word)
    }

    pub fn is_condvar(&self, word: Word) -> bool {
        self.condvars.iter().any(|queue| queue.word == word)
    }

    pub fn lock(&mut self, word: Word) -> Option<&mut LockQueue> {
        self.locks.iter_mut().find(|queue| queue.word == word)
    }

    pub fn condvar(&mut self, word: Word) -> Option<&mut CondvarQueue> {
        self.condvars.iter_mut().find(|queue| queue.word == word)
    }

    /// The queue of a lock, made if there is none.
    pub fn lock_or_new(&mut self, word: Word) -> &mut LockQueue {
        let index = self.locks.iter().position(|queue| queue.word == word).unwrap_or_else(|| {
            let new = LockQueue { word, writers: VecDeque::new(), readers: VecDeque::new(), called: false };
            let spare = self.spare_locks.pop().map(|spare| LockQueue { word, called: false, ..spare });
            self.locks.push(spare.unwrap_or(new));
            self.locks.len() - 1
        });
        &mut self.locks[index]
    }

    /// The queue of a condition variable, made if there is none.
    pub fn condvar_or_new(&mut self, word: Word, lock: Word, requeue: bool) -> &mut CondvarQueue {
        let index = self.condvars.iter().position(|queue| queue.word == word).unwrap_or_else(|| {
            let new = CondvarQueue { word, waiters: VecDeque::new(), lock, requeue };
            let spare = self.spare_condvars.pop().map(|spare| CondvarQueue { word, lock, requeue, ..spare });
            self.condvars.push(spare.unwrap_or(new));
            self.condvars.len() - 1
        });
        &mut self.condvars[index]
    }

    /// Gives up the queue of a lock if nothing is in it.
    pub fn tidy_lock(&mut self, word: Word) {
        let idle = |queue: &LockQueue| queue.word == word && queue.is_empty() && !queue.called;
        if let Some(index) = self.locks.iter().position(idle) {
            let queue = self.locks.swap_remove(index);
            if self.spare_locks.len() < SPARE {
                self.spare_locks.push(queue);
            }
        }
    }

    /// Gives up the queue of a condition variable if nobody is in it.
    pub fn tidy_condvar(&mut self, word: Word) {
        let idle = |queue: &CondvarQueue| queue.word == word && queue.waiters.is_empty();
        if let Some(index) = self.condvars.iter().position(idle) {
            let queue = self.condvars.swap_remove(index);
            if self.spare_condvars.len() < SPARE {
                self.spare_condvars.push(queue);
            }
        }
    }
}
