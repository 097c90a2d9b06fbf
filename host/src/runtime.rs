//! What a runtime gives to the generated shims, and how a shim is entered.

use crate::generated::thread_block::ThreadBlock;
use crate::memory::GuestMemory;

/// A system call's entry in the dispatch table.
///
/// The emulation stub of the vDSO calls it on the thread's host stack, with the thread's block and one 8-byte slot
/// per argument of the C function: the inputs in their order, then one pointer for each output. Only the low bytes
/// of a slot count, as many as the argument's type has. What it returns is the error number, 0 for success.
///
/// # Safety
/// The block is that of the calling thread, its `context` points to the runtime that the table was made for
/// (`entries::<R>()` needs an `R`), both stay valid and unmoved during the call, and there are as many slots as
/// the call has arguments. The slots lie in host memory; nothing is asked of their contents.
pub type Entry = unsafe extern "C" fn(thread: *mut ThreadBlock, arguments: *const u64) -> u32;

/// What stands between stubs and the entries of a dispatch table, to look at calls: [`crate::shims::wrapped`].
pub trait Wrapper {
    /// Serves the call with this number in the place of its entry, which it calls for that.
    ///
    /// # Safety
    /// As for [`Entry`].
    unsafe extern "C" fn enter<const NUMBER: u32>(thread: *mut ThreadBlock, arguments: *const u64) -> u32;
}

/// The part of a runtime that does not depend on the definition of the ABI.
///
/// A panic in a method ends the process: it never unwinds into the program.
pub trait Runtime {
    /// Access to the program's memory.
    type Memory: GuestMemory;

    /// What is left to do once a call has decided that the thread or the process ends.
    type Exit;

    /// Access to the program's memory.
    fn memory(&self) -> &Self::Memory;

    /// Ends the thread or the process. It is the last thing that a shim does, and from here on nothing may touch
    /// the program's memory: the thread's stack in it may be gone already.
    fn leave(&self, exit: Self::Exit) -> !;
}

/// What a shim was entered with: the runtime, and its argument slots.
///
/// # Safety
/// As for [`Entry`], with `R` the runtime's type and `SLOTS` the number of the call's arguments.
#[inline(always)]
pub unsafe fn frame<'a, R, const SLOTS: usize>(
    thread: *mut ThreadBlock,
    arguments: *const u64,
) -> (&'a R, [u64; SLOTS]) {
    // SAFETY: the caller vouches for both pointers. The runtime is only ever shared, and the slots are copied.
    unsafe { (&*(*thread).context.cast::<R>(), arguments.cast::<[u64; SLOTS]>().read()) }
}
