//! Work for several threads, which make more of it while they work.

use alloc::vec::Vec;

use cloudabi::sync::{Condvar, Mutex};

/// Paths that somebody has to look at.
#[derive(Debug)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: Vec<Vec<u8>>,
    /// How many threads may come with more.
    busy: usize,
}

impl Queue {
    pub fn starting_with(path: Vec<u8>) -> Self {
        Queue { state: Mutex::new(State { waiting: Vec::from([path]), busy: 0 }), changed: Condvar::new() }
    }

    /// The next path; nothing if there is none and nobody works who could find another. Whoever takes one has to
    /// [`finish`](Queue::finish) it.
    pub fn take(&self) -> Option<Vec<u8>> {
        let idle = |state: &mut State| state.waiting.is_empty() && state.busy > 0;
        let mut state = self.changed.wait_while(self.state.lock(), idle);
        let path = state.waiting.pop()?;
        state.busy += 1;
        Some(path)
    }

    /// Puts back what was found at a path that was taken.
    pub fn finish(&self, found: Vec<Vec<u8>>) {
        let mut state = self.state.lock();
        state.busy -= 1;
        state.waiting.extend(found);
        // Some wait for work, and all of them for the end.
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_when_all_is_finished() {
        let queue = Queue::starting_with(b"a".to_vec());
        assert_eq!(queue.take().as_deref(), Some(&b"a"[..]));
        queue.finish(Vec::from([b"a/b".to_vec()]));
        assert_eq!(queue.take().as_deref(), Some(&b"a/b"[..]));
        queue.finish(Vec::new());
        assert_eq!(queue.take(), None);
    }
}
