//! A thread that waits.

use super::{Slept, System};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// How long a writer is called in vain before the lock is handed over to it, in nanoseconds.
const PATIENCE: u64 = 500_000;

/// What has become of a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum State {
    /// It is queued, or on the way from one queue to another.
    Waiting = 1,
    /// The lock is, or was, free, and it shall try to take it.
    Called = 2,
    /// It holds the lock.
    Granted = 3,
    /// Its condition variable was signalled. The lock is its own business.
    Signalled = 4,
    /// The memory of the lock is gone.
    Failed = 5,
}

/// What a thread waits with. It waits for one thing at a time.
#[derive(Debug)]
pub struct Waiter {
    /// A [`State`]. The thread sleeps on this word.
    state: AtomicU32,
    /// The number of the thread that it stands for.
    thread: AtomicU32,
    /// When it was first called in vain; 0 for never.
    called_at: AtomicU64,
    impatient: AtomicBool,
}

impl Waiter {
    /// A waiter for the thread with this number.
    pub const fn new(thread: u32) -> Self {
        Waiter {
            state: AtomicU32::new(State::Waiting as u32),
            thread: AtomicU32::new(thread),
            called_at: AtomicU64::new(0),
            impatient: AtomicBool::new(false),
        }
    }

    /// Hands it on to another thread. The one that had it must not be waiting.
    pub fn set_thread(&self, thread: u32) {
        self.thread.store(thread, Ordering::Relaxed);
    }

    /// The number of its thread.
    pub fn thread(&self) -> u32 {
        self.thread.load(Ordering::Relaxed)
    }

    /// Prepares for waiting for something new.
    pub(super) fn prepare(&self) {
        self.called_at.store(0, Ordering::Relaxed);
        self.impatient.store(false, Ordering::Relaxed);
        self.set(State::Waiting);
    }

    /// The lock of the queue that it is taken out of, or goes to, is held by the caller.
    pub(super) fn set(&self, state: State) {
        self.state.store(state as u32, Ordering::Release);
    }

    pub(super) fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            2 => State::Called,
            3 => State::Granted,
            4 => State::Signalled,
            5 => State::Failed,
            _ => State::Waiting,
        }
    }

    /// Sleeps while it is waiting. [`State::Waiting`] if the deadline passed.
    pub(super) fn sleep<S: System>(&self, system: &S, deadline: Option<S::Deadline>) -> State {
        loop {
            let state = self.state();
            if state != State::Waiting {
                return state;
            }
            if system.wait(&self.state, State::Waiting as u32, deadline) == Slept::Late {
                return self.state();
            }
        }
    }

    /// Notes that it was called and could not take the lock.
    pub(super) fn called_in_vain(&self, system: &impl System) {
        // Clocks may begin with 0.
        let now = system.now().max(1);
        match self.called_at.load(Ordering::Relaxed) {
            0 => self.called_at.store(now, Ordering::Relaxed),
            first => self.impatient.store(now.saturating_sub(first) > PATIENCE, Ordering::Relaxed),
        }
    }

    pub(super) fn is_impatient(&self) -> bool {
        self.impatient.load(Ordering::Relaxed)
    }
}

/// Waiters that are to be woken once no bucket is locked any more.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// Mostly it is one, which needs no memory from the heap.
    first: Option<&'static Waiter>,
    others: Vec<&'static Waiter>,
}

impl Waiters {
    pub fn push(&mut self, waiter: &'static Waiter) {
        match self.first {
            None => self.first = Some(waiter),
            Some(_) => self.others.push(waiter),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static Waiter> {
        self.first.into_iter().chain(self.others.iter().copied())
    }

    /// Says what has become of this waiter, and wakes it up later.
    pub fn end(&mut self, waiter: &'static Waiter, state: State) {
        waiter.set(state);
        self.push(waiter);
    }

    /// Wakes them up.
    pub fn wake(self, system: &impl System) {
        for waiter in self.iter() {
            system.wake(&raw const waiter.state);
        }
    }
}
