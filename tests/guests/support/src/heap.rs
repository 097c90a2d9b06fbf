//! An allocator for programs that end soon: it hands out one static buffer from front to back.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

const SIZE: usize = 16 << 20;

#[repr(C, align(4096))]
struct Heap {
    memory: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

// SAFETY: what is handed out belongs to whoever asked for it, and how much that is changes in one step.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap { memory: UnsafeCell::new([0; SIZE]), used: AtomicUsize::new(0) };

impl Heap {
    /// Where in the buffer an allocation is.
    fn offset(&self, pointer: *mut u8) -> usize {
        pointer.addr() - self.memory.get().addr()
    }

    /// Changes where what was handed out last ends. Whether it was the last.
    fn move_end(&self, from: usize, to: usize) -> bool {
        to <= SIZE && self.used.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

// SAFETY: an allocation lies between those before and those after it. Only what was handed out last is taken back.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > 4096 {
            return core::ptr::null_mut();
        }
        loop {
            let used = self.used.load(Ordering::Relaxed);
            let start = used.next_multiple_of(layout.align());
            let Some(end) = start.checked_add(layout.size()).filter(|end| *end <= SIZE) else {
                return core::ptr::null_mut();
            };
            if self.move_end(used, end) {
                // SAFETY: the offset is within the buffer.
                return unsafe { self.memory.get().cast::<u8>().add(start) };
            }
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let start = self.offset(pointer);
        self.move_end(start + layout.size(), start);
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let start = self.offset(pointer);
        if let Some(end) = start.checked_add(new_size)
            && self.move_end(start + layout.size(), end)
        {
            return pointer;
        }
        // SAFETY: the caller gives a valid layout; the alignment stays.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both are at least as long, and what is new overlaps nothing.
            unsafe { pointer.copy_to_nonoverlapping(new, layout.size().min(new_size)) };
            // SAFETY: the caller gives up the old one.
            unsafe { self.dealloc(pointer, layout) };
        }
        new
    }
}
