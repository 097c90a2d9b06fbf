//! Starting threads, and waiting for them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use super::Builder;
use super::raw::Thread;
use crate::io;
use crate::sync::Mutex;

/// Starts a thread. If nobody joins it, it goes on by itself.
///
/// ```
/// let thread = cloudabi::thread::spawn(|| 6 * 7)?;
/// assert_eq!(thread.join(), 42);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
///
/// # Errors
///
/// If there are as many threads as there may be, or there is no memory for another one.
pub fn spawn<T: Send + 'static>(main: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    Builder::new().spawn(main)
}

/// A thread that can be waited for. Dropping it lets the thread go on by itself.
///
/// ```
/// use cloudabi::thread::{JoinHandle, spawn};
///
/// let thread: JoinHandle<u32> = spawn(|| 5)?;
/// assert_eq!(thread.join(), 5);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub struct JoinHandle<T> {
    thread: Thread,
    result: Arc<Mutex<Option<T>>>,
}

impl<T: Send> JoinHandle<T> {
    /// `start` starts a thread with the function that it is given.
    pub(super) fn start<'a>(
        main: impl FnOnce() -> T + Send + 'a,
        start: impl FnOnce(Box<dyn FnOnce() + Send + 'a>) -> io::Result<Thread>,
    ) -> io::Result<Self>
    where
        T: 'a,
    {
        let result = Arc::new(Mutex::new(None));
        let target = Arc::clone(&result);
        let thread = start(Box::new(move || {
            let value = main();
            *target.lock() = Some(value);
        }))?;
        Ok(JoinHandle { thread, result })
    }

    /// Waits for its end. Gives what its function returned.
    ///
    /// ```
    /// let thread = cloudabi::thread::spawn(|| "done")?;
    /// assert_eq!(thread.join(), "done");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn join(self) -> T {
        self.thread.join();
        match self.result.lock().take() {
            Some(value) => value,
            // A panic would have ended the program.
            None => unreachable!("a thread ended without a result"),
        }
    }
}

impl<T> JoinHandle<T> {
    /// Whether its function has returned.
    ///
    /// ```
    /// use cloudabi::thread;
    ///
    /// let thread = thread::spawn(|| ())?;
    /// while !thread.is_finished() {
    ///     thread::yield_now();
    /// }
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn is_finished(&self) -> bool {
        self.result.try_lock().is_some_and(|result| result.is_some())
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
