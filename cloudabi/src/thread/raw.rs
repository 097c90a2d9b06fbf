//! A thread of the host's, with its stack and its area.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use cloudabi_sys::{Eventtype, Lock, Scope, Subscription, SubscriptionLock, Threadattr, Tid, thread_create};

use super::area::{self, Area};
use super::record::Record;
use super::stack::Stack;
use crate::io;
use crate::sync::Mutex;
use crate::sync::wait::wait;

/// Who holds a thread's lock until the thread runs: no thread has this number.
const NOBODY: u32 = !(Lock::WRLOCKED.0 | Lock::KERNEL_MANAGED.0);

// What is known of the two who may be interested in a thread: the thread and its handle.
const RUNNING: u8 = 0;
const DETACHED: u8 = 1;
const FINISHED: u8 = 2;

/// What a thread has for as long as it runs. Whoever knows that it runs no more frees it.
struct Control {
    /// The thread holds it for writing; the host releases it when it no longer uses the stack.
    join: AtomicU32,
    state: AtomicU8,
    stack: Stack,
    area: Area,
    record: Record,
    main: Option<Box<dyn FnOnce() + Send>>,
}

/// A thread that can be waited for.
pub(super) struct Thread {
    control: NonNull<Control>,
}

// SAFETY: what is reached through it is the lock, the state, and, once the thread has ended, everything.
unsafe impl Send for Thread {}
// SAFETY: as above.
unsafe impl Sync for Thread {}

/// Threads that have ended or will soon, and that nobody waits for.
static ENDED: Mutex<Vec<Thread>> = Mutex::new(Vec::new());

impl Thread {
    /// Starts a thread.
    ///
    /// # Safety
    ///
    /// What the function borrows stays until the thread has ended.
    pub(super) unsafe fn spawn<'a>(stack: usize, main: Box<dyn FnOnce() + Send + 'a>) -> io::Result<Thread> {
        sweep();
        // SAFETY: only the lifetime changes, for which the caller vouches.
        let main = unsafe {
            core::mem::transmute::<Box<dyn FnOnce() + Send + 'a>, Box<dyn FnOnce() + Send + 'static>>(main)
        };
        let control = Control {
            join: AtomicU32::new(Lock::WRLOCKED.0 | NOBODY),
            state: AtomicU8::new(RUNNING),
            stack: Stack::new(stack)?,
            area: Area::new()?,
            record: Record::new(Tid(0)),
            main: Some(main),
        };
        let control = NonNull::from(Box::leak(Box::new(control)));
        // SAFETY: it was just made.
        let (stack, stack_len) = unsafe { control.as_ref() }.stack.usable();
        let argument = control.as_ptr().cast();
        let attributes = Threadattr { entry_point: Some(begin), stack: stack.cast(), stack_len, argument };
        // SAFETY: the entry point is one, the stack is fresh memory, and both stay until the thread has ended.
        match unsafe { thread_create(&attributes) } {
            Ok(_) => Ok(Thread { control }),
            Err(error) => {
                // SAFETY: there is no thread that uses it.
                drop(unsafe { Box::from_raw(control.as_ptr()) });
                Err(error.into())
            }
        }
    }

    fn control(&self) -> &Control {
        // SAFETY: it stays until this is gone, and what changes is atomic or the thread's own.
        unsafe { self.control.as_ref() }
    }

    /// Waits for its end.
    pub(super) fn join(self) {
        self.wait();
        self.free();
    }

    fn wait(&self) {
        let join = &self.control().join;
        if join.load(Ordering::Acquire) == Lock::UNLOCKED.0 {
            return;
        }
        let lock = join.as_ptr().cast();
        let lock = SubscriptionLock { lock, lock_scope: Scope::PRIVATE, ..SubscriptionLock::ZERO };
        let subscription = Subscription::ZERO.with_lock(Eventtype::LOCK_RDLOCK, lock);
        // SAFETY: the word is only accessed atomically.
        let waited = unsafe { wait(subscription, None) };
        assert!(waited.is_ok_and(|event| event.error.0 == 0), "a thread cannot be waited for");
    }

    /// Frees what an ended thread had.
    fn free(self) {
        // SAFETY: the thread has ended, and this is the last one that knows of it.
        drop(unsafe { Box::from_raw(self.control.as_ptr()) });
        core::mem::forget(self);
    }
}

/// Nobody will wait for it.
impl Drop for Thread {
    fn drop(&mut self) {
        let control = self.control;
        if self.control().state.swap(DETACHED, Ordering::AcqRel) == FINISHED {
            ENDED.lock().push(Thread { control });
        }
    }
}

/// Frees what is left of threads that nobody waits for.
fn sweep() {
    let mut ended = ENDED.lock();
    let mut index = 0;
    while index < ended.len() {
        if ended[index].control().join.load(Ordering::Acquire) == Lock::UNLOCKED.0 {
            ended.swap_remove(index).free();
        } else {
            index += 1;
        }
    }
}

/// Where a thread begins.
unsafe extern "C" fn begin(tid: Tid, control: *mut c_void) {
    let control = control.cast::<Control>();
    // SAFETY: it is what `spawn` made. Apart from the lock and the state, nobody else uses it while the thread runs.
    let main = unsafe {
        (*control).record.renumber(tid);
        area::enter((*control).area.as_ptr(), &raw const (*control).record);
        // Others may be waiting already.
        (*control).join.fetch_xor(NOBODY ^ tid.0, Ordering::Relaxed);
        let main: &mut Option<_> = &mut (*control).main;
        main.take()
    };
    if let Some(main) = main {
        main();
    }
    // SAFETY: as above.
    unsafe {
        (*control).record.locals.destroy();
        if (*control).state.swap(FINISHED, Ordering::AcqRel) == DETACHED
            && let Some(control) = NonNull::new(control)
        {
            ENDED.lock().push(Thread { control });
        }
        // From here on nothing allocates: whoever comes next may free all of this.
        cloudabi_sys::thread_exit((*control).join.as_ptr().cast(), Scope::PRIVATE)
    }
}
