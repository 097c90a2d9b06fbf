//! Places where threads wait for each other.

use super::{Condvar, Mutex};

/// A place where so many threads wait for each other.
///
/// ```
/// use cloudabi::sync::Barrier;
///
/// let barrier = Barrier::new(1);
/// assert!(barrier.wait(), "the only one is the last one");
/// ```
#[derive(Debug)]
pub struct Barrier {
    threads: usize,
    state: Mutex<State>,
    complete: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: usize,
    /// How often all were there. It may begin anew.
    rounds: usize,
}

impl Barrier {
    /// For so many threads. None and one do not wait.
    ///
    /// ```no_run
    /// use cloudabi::{sync::Barrier, thread};
    ///
    /// let barrier = Barrier::new(2);
    /// thread::scope(|scope| {
    ///     scope.spawn(|| barrier.wait())?;
    ///     barrier.wait();
    ///     Ok::<(), cloudabi::io::Error>(())
    /// })?;
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn new(threads: usize) -> Self {
        Barrier { threads, state: Mutex::new(State { waiting: 0, rounds: 0 }), complete: Condvar::new() }
    }

    /// Waits until all are there. Gives `true` to one of them.
    ///
    /// ```no_run
    /// use cloudabi::{sync::Barrier, thread};
    ///
    /// let barrier = Barrier::new(2);
    /// let leaders = thread::scope(|scope| {
    ///     let other = scope.spawn(|| barrier.wait())?;
    ///     Ok::<_, cloudabi::io::Error>([barrier.wait(), other.join()])
    /// })?;
    /// assert_eq!(leaders.iter().filter(|leads| **leads).count(), 1);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn wait(&self) -> bool {
        let mut state = self.state.lock();
        let round = state.rounds;
        state.waiting += 1;
        if state.waiting < self.threads {
            drop(self.complete.wait_while(state, |state| state.rounds == round));
            return false;
        }
        state.waiting = 0;
        state.rounds = state.rounds.wrapping_add(1);
        drop(state);
        self.complete.notify_all();
        true
    }
}
