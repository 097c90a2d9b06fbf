//! Stopping all threads but one: the signal that [`cloudabi_host::stopping`] needs.

use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;

use cloudabi_host::memory::Region;
pub use cloudabi_host::stopping::{begin, end, go, interrupted, is_stopping, runs};
use cloudabi_host::stopping::{divert_calls, diverted, land, prepare};
use cloudabi_host::thread_block::ThreadBlock;

/// The signal: one that neither the ABI nor the C library knows.
fn signal() -> c_int {
    libc::SIGRTMIN()
}

/// Installs the handler, in a process whose program has this region.
///
/// # Errors
/// What sigaction(2) says.
pub fn install(region: Region) -> io::Result<()> {
    prepare(region);
    // SAFETY: zeros are a value of the structure, and the handler keeps to what is allowed in one.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        // Without `SA_RESTART`, on purpose: calls that sleep are to be interrupted.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(signal(), &raw const action, ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets a thread of this process go that has this block. To be repeated until it is gone.
///
/// # Safety
/// The block exists, and the thread has it if it still is there.
pub unsafe fn ask_to_go(thread: i32, block: *mut ThreadBlock) {
    // SAFETY: as the caller says.
    unsafe { divert_calls(block) };
    send(thread, block);
}

/// Sends the signal to a thread of this process: rt_tgsigqueueinfo(2).
fn send(thread: i32, block: *const ThreadBlock) {
    // SAFETY: zeros are a value of the structure; the rest are numbers. The kernel lets a process say to itself whatever it
    // likes. A thread that is gone is an error that does not matter.
    unsafe {
        let mut info: Queued = std::mem::zeroed();
        info.code = libc::SI_QUEUE;
        info.process = libc::getpid();
        info.value = block;
        libc::syscall(libc::SYS_rt_tgsigqueueinfo, info.process, thread, signal(), &raw const info);
    }
}

/// `siginfo_t` of a signal that was queued, on 64-bit machines.
#[repr(C)]
struct Queued {
    signal: c_int,
    error: c_int,
    code: c_int,
    _padding: c_int,
    process: libc::pid_t,
    user: libc::uid_t,
    value: *const ThreadBlock,
    _rest: [u64; 12],
}

const _: () = assert!(size_of::<Queued>() == size_of::<libc::siginfo_t>());

/// Handles the signal. The thread word may be the program's, so that nothing here uses thread-local variables unless it
/// is not.
extern "C" fn handle(_: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes valid pointers to both, for this call.
    let (info, context) = unsafe { (&*info.cast::<Queued>(), &mut *context.cast::<libc::ucontext_t>()) };
    // Whatever others send does nothing.
    if info.code != libc::SI_QUEUE || info.value.is_null() {
        return;
    }
    // SAFETY: whoever sent the signal named this thread's block.
    if let Some(stack) = unsafe { diverted(info.value) } {
        machine::go_on_in(context, land, info.value, stack);
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
        let registers = &mut context.uc_mcontext.gregs;
        registers[libc::REG_RIP as usize] = function as *const () as i64;
        registers[libc::REG_RDI as usize] = block.addr() as i64;
        // As after a call, with the direction flag as functions want it.
        registers[libc::REG_RSP as usize] = ((stack & !15) - 8).cast_signed();
        registers[libc::REG_EFL as usize] &= !0x400;
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
        let registers = &mut context.uc_mcontext;
        registers.pc = function as *const () as u64;
        registers.regs[0] = block.addr() as u64;
        registers.sp = stack & !15;
    }
}
