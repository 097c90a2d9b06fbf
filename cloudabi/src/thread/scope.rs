//! Threads that may borrow, since they end before what they borrow does.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::Builder;
use super::raw::Thread;
use crate::io;
use crate::sync::Mutex;

/// A thread of a scope's, until somebody waits for it.
type Running = Arc<Mutex<Option<Thread>>>;

/// Where threads can be started that borrow: see [`scope`].
///
/// ```
/// use cloudabi::thread::{Scope, scope};
///
/// fn count<'scope>(scope: &'scope Scope<'scope, '_>, text: &'scope str) -> cloudabi::io::Result<()> {
///     scope.spawn(|| assert_eq!(text.len(), 4))?;
///     Ok(())
/// }
/// scope(|scope| count(scope, "text"))?;
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    running: Mutex<Vec<Running>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    environment: PhantomData<&'env mut &'env ()>,
}

/// Calls a function that can start threads that borrow. They have all ended when this returns.
///
/// ```
/// use cloudabi::thread;
///
/// let mut numbers = [1, 2, 3, 4];
/// let (left, right) = numbers.split_at_mut(2);
/// thread::scope(|scope| {
///     scope.spawn(|| left.reverse())?;
///     scope.spawn(|| right.reverse())?;
///     Ok::<(), cloudabi::io::Error>(())
/// })?;
/// assert_eq!(numbers, [2, 1, 4, 3]);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub fn scope<'env, T>(act: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T) -> T {
    /// Waits for all, also where a panic unwinds, as it does on other systems.
    struct End<'a>(&'a Mutex<Vec<Running>>);

    impl Drop for End<'_> {
        fn drop(&mut self) {
            // Threads may start others meanwhile.
            loop {
                let Some(running) = self.0.lock().pop() else { break };
                let thread = running.lock().take();
                if let Some(thread) = thread {
                    thread.join();
                }
            }
        }
    }

    let scope = Scope { running: Mutex::new(Vec::new()), scope: PhantomData, environment: PhantomData };
    let _end = End(&scope.running);
    act(&scope)
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread. If nobody joins it, the end of the scope does.
    ///
    /// ```
    /// use cloudabi::thread;
    ///
    /// let text = String::from("text");
    /// thread::scope(|scope| scope.spawn(|| assert_eq!(text.len(), 4)).map(drop))?;
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are as many threads as there may be, or there is no memory for another one.
    pub fn spawn<T: Send + 'scope>(
        &'scope self,
        main: impl FnOnce() -> T + Send + 'scope,
    ) -> io::Result<ScopedJoinHandle<'scope, T>> {
        self.start(Builder::new(), main)
    }

    pub(super) fn start<T: Send + 'scope>(
        &'scope self,
        builder: Builder,
        main: impl FnOnce() -> T + Send + 'scope,
    ) -> io::Result<ScopedJoinHandle<'scope, T>> {
        let result = Arc::new(Mutex::new(None));
        let target = Arc::clone(&result);
        let main = Box::new(move || {
            let value = main();
            *target.lock() = Some(value);
        });
        let running = Running::default();
        // Held until the thread is in the list, so that nothing can fail in between.
        let mut list = self.running.lock();
        list.push(Arc::clone(&running));
        // SAFETY: the end of the scope waits for the thread, and what it borrows outlives the scope.
        match unsafe { builder.start(main) } {
            Ok(thread) => *running.lock() = Some(thread),
            Err(error) => {
                list.pop();
                return Err(error);
            }
        }
        Ok(ScopedJoinHandle { running, result, scope: PhantomData })
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// A thread of a [`Scope`] that can be waited for.
///
/// ```
/// use cloudabi::thread::{ScopedJoinHandle, scope};
///
/// let text = String::from("text");
/// let length = scope(|scope| {
///     let thread: ScopedJoinHandle<'_, usize> = scope.spawn(|| text.len())?;
///     Ok::<_, cloudabi::io::Error>(thread.join())
/// })?;
/// assert_eq!(length, 4);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub struct ScopedJoinHandle<'scope, T> {
    running: Running,
    result: Arc<Mutex<Option<T>>>,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for its end. Gives what its function returned.
    ///
    /// ```
    /// use cloudabi::thread;
    ///
    /// let text = String::from("text");
    /// let length = thread::scope(|scope| scope.spawn(|| text.len()).map(|thread| thread.join()))?;
    /// assert_eq!(length, 4);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn join(self) -> T {
        let thread = self.running.lock().take();
        if let Some(thread) = thread {
            thread.join();
        }
        match self.result.lock().take() {
            Some(value) => value,
            // A panic would have ended the program.
            None => unreachable!("a thread ended without a result"),
        }
    }

    /// Whether its function has returned.
    ///
    /// ```
    /// use cloudabi::thread;
    ///
    /// thread::scope(|scope| {
    ///     let thread = scope.spawn(|| ())?;
    ///     while !thread.is_finished() {
    ///         thread::yield_now();
    ///     }
    ///     Ok::<(), cloudabi::io::Error>(())
    /// })?;
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn is_finished(&self) -> bool {
        self.result.try_lock().is_some_and(|result| result.is_some())
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
