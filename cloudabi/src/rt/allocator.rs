//! The allocator: small pieces from blocks of memory that the host maps, large ones mapped on their own.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{NonNull, null_mut};

use cloudabi_sys::{Errno, Fd, Mflags, Mprot, mem_map, mem_unmap};
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::source::Source;

use crate::start::{page_size, whole_pages};
use crate::sync::raw::RawLock;

/// From this size on, in bytes, a piece is a mapping of its own, which is given back to the host at once.
const LARGE: usize = 256 * 1024;

/// The first block that is mapped for small pieces, in bytes. Each later one is as large as all before it …
const FIRST_BLOCK: usize = 64 * 1024;

/// … up to this size.
const LARGEST_BLOCK: usize = 16 * 1024 * 1024;

/// What the allocator keeps for itself in a block, at most. See `talc::min_first_heap_size`.
const OVERHEAD: usize = 4096;

#[derive(Debug)]
struct Blocks {
    mapped: usize,
}

// SAFETY: it maps fresh memory and has nothing to do with any allocator.
unsafe impl Source for Blocks {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let least = layout.size().checked_add(layout.align()).and_then(|size| size.checked_add(OVERHEAD));
        let block = talc.source.mapped.clamp(FIRST_BLOCK, LARGEST_BLOCK);
        let size = whole_pages(least.ok_or(())?.max(block)).ok_or(())?;
        let start = map(size).map_err(drop)?;
        talc.source.mapped += size;
        // SAFETY: the memory is fresh and is never given back.
        unsafe { talc.claim(start.as_ptr(), size) }.map(drop).ok_or(())
    }
}

/// Fresh memory, filled with zeros.
#[inline(never)]
fn map(size: usize) -> Result<NonNull<u8>, Errno> {
    let (protection, flags) = (Mprot::READ | Mprot::WRITE, Mflags::ANON | Mflags::PRIVATE);
    // SAFETY: without `FIXED` it replaces nothing.
    let start = unsafe { mem_map(null_mut(), size, protection, flags, Fd::MAP_ANON_FD, 0) }?;
    NonNull::new(start.cast()).ok_or(Errno::NOMEM)
}

struct Allocator {
    lock: RawLock,
    small: UnsafeCell<Talc<Blocks, talc::base::binning::DefaultBinning>>,
}

// SAFETY: the lock is held while the content is used.
unsafe impl Sync for Allocator {}

#[global_allocator]
static ALLOCATOR: Allocator =
    Allocator { lock: RawLock::new(), small: UnsafeCell::new(Talc::new(Blocks { mapped: 0 })) };

/// Keeps other threads from allocating until it is dropped. Whoever holds it must not allocate either.
pub(crate) struct Held(());

/// Keeps other threads from allocating.
// Not inlined, nor is its end: they would make each of the few functions here larger.
#[inline(never)]
pub(crate) fn hold() -> Held {
    ALLOCATOR.lock.write();
    Held(())
}

impl Drop for Held {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: it was taken when this was made, by this thread or, in a copy of the process, by its original.
        unsafe { ALLOCATOR.lock.release_write() };
    }
}

impl Allocator {
    fn small<T>(&self, act: impl FnOnce(&mut Talc<Blocks, talc::base::binning::DefaultBinning>) -> T) -> T {
        let _held = hold();
        // SAFETY: this thread holds the lock, and `act` allocates nothing by other ways.
        act(unsafe { &mut *self.small.get() })
    }
}

/// Whether a piece is a mapping of its own: its size alone decides, so that it is known when the piece is given back.
fn is_large(layout: Layout) -> bool {
    layout.size() >= LARGE && layout.align() <= page_size()
}

// SAFETY: both ways give memory that nobody else uses, and take back what they gave.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            return map(layout.size()).map_or(null_mut(), NonNull::as_ptr);
        }
        // SAFETY: the caller gives a layout that is not empty.
        let piece = self.small(|talc| unsafe { talc.allocate(layout) });
        piece.map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as here.
        let piece = unsafe { self.alloc(layout) };
        // Fresh mappings are zero.
        if !piece.is_null() && !is_large(layout) {
            // SAFETY: it has this size.
            unsafe { piece.write_bytes(0, layout.size()) };
        }
        piece
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if is_large(layout) {
            // SAFETY: it is a mapping of this size, and the caller gives it up.
            let unmapped = unsafe { mem_unmap(piece.cast(), layout.size()) };
            debug_assert_eq!(unmapped, Ok(()));
        } else {
            // SAFETY: it came from there, with this layout.
            self.small(|talc| unsafe { talc.deallocate(piece, layout) });
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller says that the size is a possible one.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        if !is_large(layout) && !is_large(new_layout) {
            // SAFETY: it came from there, with this layout.
            if self.small(|talc| unsafe { talc.try_realloc_in_place(piece, layout, new_size) }) {
                return piece;
            }
        } else if is_large(layout) && is_large(new_layout) {
            let (Some(old), Some(new)) = (whole_pages(layout.size()), whole_pages(new_size)) else {
                return null_mut();
            };
            if new < old {
                // SAFETY: it is the end of the mapping, and the caller gives it up.
                let unmapped = unsafe { mem_unmap(piece.add(new).cast(), old - new) };
                debug_assert_eq!(unmapped, Ok(()));
            }
            if new <= old {
                return piece;
            }
        }
        // SAFETY: the layout is a possible one and not empty.
        let new = unsafe { self.alloc(new_layout) };
        if !new.is_null() {
            // SAFETY: both have at least so many bytes and do not overlap; the caller gives up the old one.
            unsafe {
                new.copy_from_nonoverlapping(piece, layout.size().min(new_size));
                self.dealloc(piece, layout);
            }
        }
        new
    }
}
