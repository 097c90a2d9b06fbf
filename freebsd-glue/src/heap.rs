//! The heap of a process that may be copied while it has several threads.
//!
//! pdfork(2) is a bare system call: the C library does not see to it that its heap is in order in the child, as it does for
//! fork(2). So whoever makes a copy keeps the other threads from the heap meanwhile, which needs every use of it to go by here.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The system's allocator, one thread at a time. A command that starts programs makes it its global allocator:
///
/// ```
/// #[global_allocator]
/// static HEAP: cloudabi_freebsd_glue::heap::Heap = cloudabi_freebsd_glue::heap::Heap;
/// # fn main() {}
/// ```
///
/// Without it, a program that has several threads cannot fork.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap;

/// Held by whoever uses the heap.
static IN_USE: Mutex<()> = Mutex::new(());

/// Whether [`Heap`] is the global allocator: something was allocated by it.
static IS_GLOBAL: AtomicBool = AtomicBool::new(false);

/// Keeps others from the heap, as long as the result lives. The holder must not use it either.
pub(crate) fn hold() -> MutexGuard<'static, ()> {
    // It guards nothing that a panic could leave half done.
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether [`hold`] keeps others from the heap.
pub(crate) fn can_be_held() -> bool {
    IS_GLOBAL.load(Ordering::Relaxed)
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _alone = hold();
        IS_GLOBAL.store(true, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let _alone = hold();
        IS_GLOBAL.store(true, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let _alone = hold();
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _alone = hold();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }
}
