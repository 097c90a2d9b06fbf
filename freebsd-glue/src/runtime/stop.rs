//! Stopping all threads but one: the signal that [`cloudabi_host::stopping`] needs.

use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;

use cloudabi_host::memory::Region;
pub use cloudabi_host::stopping::{begin, end, go, interrupted, is_stopping, runs};
use cloudabi_host::stopping::{divert_calls, diverted, land, prepare};
use cloudabi_host::thread_block::ThreadBlock;

use crate::headers::{SIGRTMIN, SYS_SIGACTION};

/// The signal: one that neither the ABI nor the C library knows.
const SIGNAL: c_int = SIGRTMIN;

/// Installs the handler, in a process whose program has this region.
///
/// # Errors
/// What sigaction(2) says.
pub fn install(region: Region) -> io::Result<()> {
    prepare(region);
    // By the system call itself, since the C library would put a handler of its own in between.
    // SAFETY: zeros are a value of the structure, and the handler keeps to what is allowed in one.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        // Without `SA_RESTART`, on purpose: calls that sleep are to be interrupted.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::syscall(SYS_SIGACTION, SIGNAL, &raw const action, ptr::null_mut::<c_void>())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets a thread of this process go that has this block. To be repeated until it is gone.
///
/// # Safety
/// The block exists, and the thread has it if it still is there.
pub unsafe fn ask_to_go(thread: i64, block: *mut ThreadBlock) {
    // SAFETY: as the caller says.
    unsafe { divert_calls(block) };
    // SAFETY: the call takes numbers only.
    unsafe { libc::thr_kill(thread, SIGNAL) };
}

/// Handles the signal. The thread word may be the program's, so that nothing here uses thread-local variables.
extern "C" fn handle(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a valid pointer, for this call.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let stack = context.uc_stack.ss_sp.cast::<*const ThreadBlock>();
    if stack.is_null() {
        return;
    }
    // SAFETY: the kernel says which stack the thread's handlers have: one with the block's address in its lowest word
    // (`faults::handle_on`), which is this thread's.
    unsafe {
        let block = *stack;
        if let Some(stack) = diverted(block) {
            machine::go_on_in(context, land, block, stack);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use super::ThreadBlock;

    /// Lets a thread go on in a function, on a stack that ends here, when the handler returns.
    pub fn go_on_in(
        context: &mut libc::ucontext_t,
        function: unsafe extern "C" fn(*const ThreadBlock) -> !,
        block: *const ThreadBlock,
        stack: u64,
    ) {
        let registers = &mut context.uc_mcontext;
        registers.mc_rip = function as *const () as i64;
        registers.mc_rdi = block.addr() as i64;
        // As after a call, with the direction flag as functions want it.
        registers.mc_rsp = ((stack & !15) - 8).cast_signed();
        registers.mc_rflags &= !0x400;
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    use super::ThreadBlock;

    /// Lets a thread go on in a function, on a stack that ends here, when the handler returns.
    pub fn go_on_in(
        context: &mut libc::ucontext_t,
        function: unsafe extern "C" fn(*const ThreadBlock) -> !,
        block: *const ThreadBlock,
        stack: u64,
    ) {
        let registers = &mut context.uc_mcontext.mc_gpregs;
        registers.gp_elr = function as *const () as i64;
        registers.gp_x[0] = block.addr() as i64;
        registers.gp_sp = (stack & !15).cast_signed();
    }
}
