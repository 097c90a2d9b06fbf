//! Threads of another make than usual.

use alloc::boxed::Box;

use super::join::JoinHandle;
use super::raw::Thread;
use super::scope::{Scope, ScopedJoinHandle};
use crate::io;

/// How to start a thread.
///
/// ```
/// use cloudabi::thread::Builder;
///
/// let thread = Builder::new().stack_size(64 * 1024).spawn(|| 6 * 7)?;
/// assert_eq!(thread.join(), 42);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    stack_size: usize,
}

impl Builder {
    /// The size of a stack, in bytes, unless it is chosen: 1 MiB. The host provides memory for what is used of it.
    ///
    /// ```
    /// # use cloudabi::thread::{self, Builder};
    /// let thread = Builder::new().stack_size(2 * Builder::STACK_SIZE).spawn(|| ())?;
    /// thread.join();
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const STACK_SIZE: usize = 1 << 20;

    /// The smallest stack, in bytes: a smaller one is made this large.
    ///
    /// ```
    /// # use cloudabi::thread::{self, Builder};
    /// let thread = Builder::new().stack_size(Builder::SMALLEST_STACK_SIZE).spawn(|| 1)?;
    /// assert_eq!(thread.join(), 1);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const SMALLEST_STACK_SIZE: usize = 16 << 10;

    /// As usual.
    ///
    /// ```
    /// # use cloudabi::thread::{self, Builder};
    /// assert_eq!(Builder::new().spawn(|| 6 * 7)?.join(), 42);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn new() -> Self {
        Builder { stack_size: Self::STACK_SIZE }
    }

    /// With a stack of so many bytes.
    ///
    /// ```
    /// # use cloudabi::thread::{self, Builder};
    /// let thread = Builder::new().stack_size(128 << 10).spawn(|| 6 * 7)?;
    /// assert_eq!(thread.join(), 42);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn stack_size(self, size: usize) -> Self {
        let size = if size < Self::SMALLEST_STACK_SIZE { Self::SMALLEST_STACK_SIZE } else { size };
        Builder { stack_size: size }
    }

    /// Starts a thread. If nobody joins it, it goes on by itself.
    ///
    /// ```
    /// # use cloudabi::thread::{self, Builder};
    /// let thread = Builder::new().spawn(|| "done")?;
    /// assert_eq!(thread.join(), "done");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are as many threads as there may be, or there is no memory for another one.
    pub fn spawn<T: Send + 'static>(
        self,
        main: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        // SAFETY: the function borrows nothing.
        JoinHandle::start(main, |main| unsafe { self.start(main) })
    }

    /// Starts a thread that ends before the scope does.
    ///
    /// ```
    /// use cloudabi::thread::{self, Builder};
    ///
    /// let numbers = [1, 2, 3];
    /// let sum = thread::scope(|scope| {
    ///     let thread = Builder::new().spawn_scoped(scope, || numbers.iter().sum::<u32>())?;
    ///     Ok::<_, cloudabi::io::Error>(thread.join())
    /// })?;
    /// assert_eq!(sum, 6);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Builder::spawn`].
    pub fn spawn_scoped<'scope, T: Send + 'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        main: impl FnOnce() -> T + Send + 'scope,
    ) -> io::Result<ScopedJoinHandle<'scope, T>> {
        scope.start(self, main)
    }

    /// # Safety
    ///
    /// What the function borrows stays until the thread has ended.
    pub(super) unsafe fn start<'a>(&self, main: Box<dyn FnOnce() + Send + 'a>) -> io::Result<Thread> {
        // SAFETY: as here.
        unsafe { Thread::spawn(self.stack_size, main) }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}
