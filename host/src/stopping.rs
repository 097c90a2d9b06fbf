//! Stopping all threads but one: what `proc_exec` needs before the program's memory goes.
//!
//! A thread can only go where it holds nothing: while it runs the program, or while it sleeps in a call. So each is sent
//! a signal, again and again until it is gone. The host's handler looks at the thread word ([`diverted`]).
//!
//! - If that is the program's, the thread is in the program, and the handler lets it go on in [`land`] instead.
//! - If it is the host's, the thread serves a call. The signal interrupts the system call that it sleeps in, if it
//!   does, and whoever makes calls that can sleep asks [`interrupted`] then. Otherwise the thread is back in the program soon,
//!   and finds another dispatch table at its next call, since a signal may never meet a thread that makes one call after the
//!   other in the program.
//!
//! What a thread has borrowed or allocated when it goes from the middle of a call is not given back: uses of descriptors
//! are counted anew, and the rest is a little memory.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use crate::enter;
use crate::memory::Region;
use crate::runtime::Entry;
use crate::shims;
use crate::thread_block::ThreadBlock;

/// The value that a thread leaves a program with since another thread replaces that.
pub const STOPPED: u64 = 2;

/// Whether all threads but one are to go.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// The program's region: its first address and its size.
static REGION: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// The dispatch table of threads that are to go.
static ENTRIES: [Option<Entry>; shims::ENTRIES] = [Some(go_instead); shims::ENTRIES];

/// # Safety
/// As for [`Entry`].
unsafe extern "C" fn go_instead(block: *mut ThreadBlock, _: *const u64) -> u32 {
    // SAFETY: this serves a call of the thread with this block, and stubs have nothing left to do.
    unsafe { enter::leave(block, STOPPED) }
}

thread_local! {
    /// The block of the program's thread that this one runs.
    static BLOCK: Cell<*const ThreadBlock> = const { Cell::new(ptr::null()) };
}

/// Notes where the program's memory is, before there are handlers.
pub fn prepare(region: Region) {
    REGION[0].store(region.base(), Ordering::Relaxed);
    REGION[1].store(region.size(), Ordering::Relaxed);
}

/// Notes that this thread of the host's runs the program's thread with this block, from here on.
pub fn runs(block: *const ThreadBlock) {
    BLOCK.set(block);
}

/// Says that all threads but the calling one are to go. Whether nobody else has said so before.
pub fn begin() -> bool {
    !STOPPING.swap(true, Ordering::SeqCst)
}

/// Says that the others are gone.
pub fn end() {
    STOPPING.store(false, Ordering::SeqCst);
}

/// Whether a thread is stopping the others.
pub fn is_stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// To be called when a signal has interrupted a system call that may sleep, at a place where the thread holds none of the
/// runtime's locks. Does not return if the thread is to go.
#[cold]
pub fn interrupted() {
    if is_stopping() {
        go();
    }
}

/// Ends the calling thread, which serves a call.
pub fn go() -> ! {
    let block = BLOCK.get();
    if block.is_null() {
        std::process::abort();
    }
    // SAFETY: this thread of the host's runs the program's thread with this block, and serves a call. What the frames in
    // between would still do is given up: see above.
    unsafe { enter::leave(block, STOPPED) }
}

/// Has a thread go at its next call. What meets it before that is a signal, which the caller sends.
///
/// # Safety
/// The block exists, and the thread has it if it still is there.
pub unsafe fn divert_calls(block: *mut ThreadBlock) {
    // SAFETY: the block is there. Stubs read the table's address with one instruction, whenever.
    unsafe { AtomicPtr::from_ptr((&raw mut (*block).entries).cast()) }
        .store((&raw const ENTRIES).cast_mut().cast::<Option<Entry>>(), Ordering::Release);
}

/// What a handler of the signal asks: whether the calling thread, which has this block, is to go on in [`land`] with the block
/// as its argument, on a stack that ends at the result. The thread word is the host's from here on, if so.
///
/// It uses no thread-local variable unless the thread word is the host's.
///
/// # Safety
/// The calling thread has the block, and handles a signal.
pub unsafe fn diverted(block: *const ThreadBlock) -> Option<u64> {
    if !is_stopping() {
        return None;
    }
    let [base, size] = [0, 1].map(|index| REGION[index].load(Ordering::Relaxed));
    if machine::thread_word().wrapping_sub(base) >= size {
        return None;
    }
    // SAFETY: the thread has this block, and has entered the program: its thread word says so.
    unsafe {
        machine::set_thread_word((*block).host_thread_pointer);
        Some((*block).host_stack.addr() as u64)
    }
}

/// Where a thread goes on that was in the program.
///
/// # Safety
/// The thread was entered with this block, and its thread word is the host's.
pub unsafe extern "C" fn land(block: *const ThreadBlock) -> ! {
    // SAFETY: the caller vouches for the block.
    unsafe { enter::leave(block, STOPPED) }
}

#[cfg(target_arch = "x86_64")]
mod machine {
    /// The thread word.
    pub fn thread_word() -> u64 {
        let word;
        // SAFETY: the word is there in every thread.
        unsafe { core::arch::asm!("mov {}, fs:0", out(reg) word, options(nostack, readonly)) };
        word
    }

    /// # Safety
    /// The word is the host's for this thread.
    pub unsafe fn set_thread_word(word: u64) {
        // SAFETY: as the caller says.
        unsafe { core::arch::asm!("mov fs:0, {}", in(reg) word, options(nostack)) };
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    /// The thread word.
    pub fn thread_word() -> u64 {
        let word;
        // SAFETY: reading the register does nothing else.
        unsafe { core::arch::asm!("mrs {}, tpidr_el0", out(reg) word, options(nostack, nomem)) };
        word
    }

    /// # Safety
    /// The word is the host's for this thread.
    pub unsafe fn set_thread_word(word: u64) {
        // SAFETY: as the caller says.
        unsafe { core::arch::asm!("msr tpidr_el0, {}", in(reg) word, options(nostack, nomem)) };
    }
}
