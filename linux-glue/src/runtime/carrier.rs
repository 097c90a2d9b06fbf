//! Threads of the host's, which those of the program run on.
//!
//! The C library makes them, on stacks that are kept: from one thread to the next there is nothing to be mapped, and a thread that
//! has ended can be waited for until nothing of it runs any more.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use cloudabi_host::types::Errno;

use crate::memory::HostStack;

/// Size of the stack that a thread's calls are served on, in bytes. The largest frames are those with paths.
const STACK_SIZE: usize = 256 << 10;

/// Where a thread begins.
pub type Begin = extern "C" fn(*mut c_void) -> *mut c_void;

/// A thread of the host's after another.
#[derive(Debug, Default)]
pub struct Carrier {
    stack: Option<HostStack>,
    /// The last one, unless somebody has waited for it.
    last: Option<libc::pthread_t>,
}

impl Carrier {
    /// Starts a thread, after the one before.
    ///
    /// # Errors
    /// [`Errno::NOMEM`], or [`Errno::AGAIN`] where there are too many threads.
    ///
    /// # Safety
    /// The one before, if there was one, ends without waiting for whoever calls this. The new one may begin so, and has ended
    /// when the program's process ends or this is dropped.
    pub unsafe fn start(&mut self, begin: Begin, argument: *mut c_void) -> Result<(), Errno> {
        self.wait();
        let stack = match &self.stack {
            Some(stack) => stack,
            None => self.stack.insert(HostStack::allocate(STACK_SIZE).map_err(|_| Errno::NOMEM)?),
        };
        let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
        let mut handle = MaybeUninit::uninit();
        // SAFETY: the attributes are initialised by the first call and destroyed by the last one. The stack is nobody's now.
        let result = unsafe {
            libc::pthread_attr_init(attributes.as_mut_ptr());
            libc::pthread_attr_setstack(attributes.as_mut_ptr(), stack.bottom(), stack.size());
            let result = libc::pthread_create(handle.as_mut_ptr(), attributes.as_ptr(), begin, argument);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            result
        };
        match result {
            0 => {
                // SAFETY: the call succeeded and has written it.
                self.last = Some(unsafe { handle.assume_init() });
                Ok(())
            }
            libc::ENOMEM => Err(Errno::NOMEM),
            _ => Err(Errno::AGAIN),
        }
    }

    /// Waits until the last thread, if there is one, runs no more.
    pub fn wait(&mut self) {
        if let Some(last) = self.last.take() {
            // SAFETY: it was made by `start`, and this is the only one who waits for it.
            unsafe { libc::pthread_join(last, ptr::null_mut()) };
        }
    }

    /// Waits, and gives the stack back.
    pub fn give_back(&mut self) {
        self.wait();
        self.stack = None;
    }

    /// The process is a copy of the one in which the last thread was.
    pub fn is_no_more(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    extern "C" fn count(counter: *mut c_void) -> *mut c_void {
        // SAFETY: the test passes a counter that outlives the thread.
        unsafe { (*counter.cast::<AtomicU32>().cast_const()).fetch_add(1, Ordering::Relaxed) };
        ptr::null_mut()
    }

    #[test]
    fn one_thread_after_another_runs_on_the_same_stack() {
        let counter = AtomicU32::new(0);
        let mut carrier = Carrier::default();
        let mut stacks = Vec::new();
        for round in 1..=10 {
            // SAFETY: the thread waits for nobody, and is waited for below.
            unsafe { carrier.start(count, ptr::from_ref(&counter).cast_mut().cast()) }.expect("it starts");
            stacks.extend(carrier.stack.as_ref().map(HostStack::bottom));
            if round % 3 == 0 {
                carrier.wait();
                assert_eq!(counter.load(Ordering::Relaxed), round);
            }
        }
        carrier.give_back();
        assert_eq!(counter.load(Ordering::Relaxed), 10);
        assert!(carrier.stack.is_none());
        assert!(stacks.iter().all(|stack| *stack == stacks[0]));
    }
}
