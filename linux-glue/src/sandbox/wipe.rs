//! What the starter knew and the program must not: its environment and command line, the configuration's text, and
//! whatever functions have left on the stack.
//!
//! The program's process is a copy of the starter's, and a hostile program reads all of its memory. So memory is cleared as
//! it is given back ([`Clearing`]), and what the kernel put above the stack, and functions below, before the program
//! runs.

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering, compiler_fence};

use crate::heap::Heap;

/// Whether memory is still cleared when it is given back.
static CLEARING: AtomicBool = AtomicBool::new(true);

/// The runtime's [`Heap`], which clears memory when it is given back: a program that reads the memory of its starter finds
/// nothing there. To be used as the global allocator of whatever starts programs.
#[derive(Debug)]
pub struct Clearing;

// SAFETY: it is that heap but for clearing memory that nobody uses any more.
unsafe impl GlobalAlloc for Clearing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller says.
        unsafe { Heap.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller says.
        unsafe { Heap.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if CLEARING.load(Ordering::Relaxed) {
            // SAFETY: the memory is the caller's until the next line.
            unsafe { clear(pointer, layout.size()) };
        }
        // SAFETY: as the caller says.
        unsafe { Heap.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if !CLEARING.load(Ordering::Relaxed) {
            // SAFETY: as the caller says.
            return unsafe { Heap.realloc(pointer, layout, new_size) };
        }
        // The heap's own would leave a copy behind when memory moves.
        // SAFETY: the caller promises a size that is not zero and fits the alignment; both blocks are there.
        unsafe {
            let new = Heap.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(pointer, layout.size().min(new_size));
                self.dealloc(pointer, layout);
            }
            new
        }
    }
}

/// Clears memory, even if nobody is going to look at it.
///
/// # Safety
/// The memory is there, and nothing else uses it.
unsafe fn clear(pointer: *mut u8, size: usize) {
    // SAFETY: as the caller says.
    unsafe { pointer.write_bytes(0, size) };
    // Writing must not be left out because the memory is given back.
    // SAFETY: nothing happens.
    unsafe { std::arch::asm!("/* {} */", in(reg) pointer, options(nostack, preserves_flags)) };
    compiler_fence(Ordering::SeqCst);
}

/// Ends [`Clearing`]: from here on the memory has nothing but the program's own affairs.
pub fn no_longer() {
    CLEARING.store(false, Ordering::Relaxed);
}

unsafe extern "C" {
    /// environ(7)
    static mut environ: *mut *mut libc::c_char;
    /// The names that the program was started by: program_invocation_name(3).
    static mut program_invocation_name: *mut libc::c_char;
}

/// Clears the environment and the command line where the kernel has put them. Nothing in this process finds variables
/// afterwards.
///
/// # Safety
/// This process has one thread, and nothing refers to a variable or an argument any more.
pub unsafe fn environment() {
    // SAFETY: the C library's pointers are those that the kernel made, or changed copies of these; all end in null, and
    // nothing uses what they point to.
    unsafe {
        // The strings lie one after the other: arguments, then variables, then the name of the executable. They are found
        // by the auxiliary vector's pointer to that name, and by the first argument.
        let first = program_invocation_name;
        let name = libc::getauxval(libc::AT_EXECFN) as *mut libc::c_char;
        let mut entry = environ;
        if entry.is_null() {
            return;
        }
        while !(*entry).is_null() {
            clear((*entry).cast(), CStr::from_ptr(*entry).to_bytes().len());
            *entry = std::ptr::null_mut();
            entry = entry.add(1);
        }
        if !name.is_null()
            && !first.is_null()
            && first.addr() < name.addr()
            && name.addr() - first.addr() < 4 << 20
        {
            let end = name.addr() + CStr::from_ptr(name).to_bytes().len();
            clear(first.cast(), end - first.addr());
        }
    }
}

/// Clears what functions that have returned have left on the stack of this thread.
#[inline(never)]
pub fn stack() {
    let page = rustix::param::page_size();
    let here = 0_u8;
    let here = std::ptr::from_ref(&here).addr();
    // What is below this function's frame and what it may still call.
    let top = (here & !(page - 1)).saturating_sub(page);
    const DEPTH: usize = 8 << 20;
    // SAFETY: these pages hold nothing but what functions that have returned have left there; no mapping of
    // somebody else's is that near below the first thread's stack, and the kernel passes over what is not mapped.
    unsafe { libc::madvise((top - DEPTH) as *mut libc::c_void, DEPTH, libc::MADV_DONTNEED) };
    rest();
}

/// Clears what is left of the pages that cannot be given back as a whole.
#[inline(never)]
fn rest() {
    let mut nothing = [0_u8; 8192];
    // SAFETY: it is a local variable.
    unsafe { clear(nothing.as_mut_ptr(), nothing.len()) };
}
