//! A thread of the system that this was compiled for.

use alloc::boxed::Box;

use crate::io;

/// A thread that can be waited for.
pub(super) struct Thread(std::thread::JoinHandle<()>);

impl Thread {
    /// Starts a thread.
    ///
    /// # Safety
    ///
    /// What the function borrows stays until the thread has ended.
    pub(super) unsafe fn spawn<'a>(stack: usize, main: Box<dyn FnOnce() + Send + 'a>) -> io::Result<Thread> {
        // SAFETY: only the lifetime changes, for which the caller vouches.
        let main = unsafe {
            core::mem::transmute::<Box<dyn FnOnce() + Send + 'a>, Box<dyn FnOnce() + Send + 'static>>(main)
        };
        let thread = std::thread::Builder::new().stack_size(stack).spawn(main);
        thread.map(Thread).map_err(io::Error::other)
    }

    /// Waits for its end.
    pub(super) fn join(self) {
        if let Err(panic) = self.0.join() {
            std::panic::resume_unwind(panic);
        }
    }
}
