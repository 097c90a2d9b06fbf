//! What happens if an instruction faults.
//!
//! If the instruction is one of those that may fault ([`cloudabi_host::copy::landing`]), the thread goes on where they
//! say. Any other fault is the program's own, and ends the process with the signal that it caused.
//!
//! The handler runs while the thread runs the program, too, when the thread pointer may be the program's. So it is installed
//! by the system call itself, since the C library would put a handler of its own in between; it runs on a stack of its own;
//! and it uses no thread-local variable, not even `errno`.

use core::ffi::{c_int, c_void};
use core::ptr;
use std::io;

use cloudabi_host::thread_block::ThreadBlock;

use crate::headers::SYS_SIGACTION;
use crate::memory::HostStack;

/// The signals that instructions cause.
const SIGNALS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// What the handler takes, in bytes, beside the registers that the kernel saves: generously.
const HANDLER: usize = 16 << 10;

/// Memory of the size that the kernel and the handler need.
///
/// # Errors
/// What mmap(2) says.
pub fn stack() -> io::Result<HostStack> {
    HostStack::allocate(libc::MINSIGSTKSZ + HANDLER)
}

/// Makes the calling thread, which has this block, handle signals on this memory, which no other thread uses. The address of
/// the block is in its lowest word: the handlers do not come that deep.
///
/// # Errors
/// What sigaltstack(2) says.
pub fn handle_on(stack: &HostStack, block: *mut ThreadBlock) -> io::Result<()> {
    // SAFETY: the memory is there, and aligned to pages.
    unsafe { stack.bottom().cast::<*mut ThreadBlock>().write(block) };
    let stack = libc::stack_t { ss_sp: stack.bottom().cast(), ss_size: stack.size(), ss_flags: 0 };
    // SAFETY: the memory stays until the process ends, and nobody else uses it.
    check(unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) })
}

/// Makes the process recover from faults where it can. To be called once, before other threads exist.
///
/// # Errors
/// What sigaction(2) or sigprocmask(2) say.
pub fn install() -> io::Result<()> {
    // SAFETY: zeros are a value of both structures. The handler does nothing that is not allowed in one.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        // Without `SA_NODEFER`, on purpose: if the handler itself faults, the signal is blocked, and the kernel ends
        // the process instead of filling the stack with further attempts.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut faults: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&raw mut faults);
        for signal in SIGNALS {
            libc::sigaddset(&raw mut faults, signal);
            check(
                libc::syscall(SYS_SIGACTION, signal, &raw const action, ptr::null_mut::<c_void>()) as c_int
            )?;
        }
        check(libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const faults, ptr::null_mut()))
    }
}

fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Handles a fault. See [the module](self) for what it must not do.
extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes valid pointers to both, for this call.
    let (code, context) = unsafe { ((*info).si_code, &mut *context.cast::<libc::ucontext_t>()) };
    let instruction = machine::instruction(context);
    // Signals that somebody sent have codes from 0x10000 on, or 0: `SI_USER` and the like of sys/signal.h.
    let is_fault = code > 0 && code < 0x1_0000;
    if is_fault && let Some(landing) = cloudabi_host::copy::landing(*instruction as usize) {
        *instruction = landing as _;
        return;
    }
    // Without a handler, the same fault ends the process when the instruction is tried again. What somebody sent is lost,
    // and comes back with the next fault.
    //
    // The kernel's structure: no handler, no flags, an empty set of 128 signals.
    let default = [0_u64; 4];
    // SAFETY: the structure is valid, and the process is about to end.
    unsafe { machine::sigaction(signal, default.as_ptr()) };
}

#[cfg(target_arch = "x86_64")]
mod machine {
    /// Where the address of the instruction is in what the kernel saved.
    pub fn instruction(context: &mut libc::ucontext_t) -> &mut i64 {
        &mut context.uc_mcontext.mc_rip
    }

    /// sigaction(2) without the C library, which would write to `errno`.
    ///
    /// # Safety
    /// The structure is valid.
    pub unsafe fn sigaction(signal: i32, action: *const u64) {
        // SAFETY: the kernel preserves all registers but these.
        unsafe {
            core::arch::asm!(
                "syscall",
                inlateout("rax") crate::headers::SYS_SIGACTION as u64 => _,
                in("rdi") signal as u64,
                in("rsi") action,
                inlateout("rdx") 0_u64 => _,
                lateout("rcx") _, lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
                options(nostack),
            );
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    /// Where the address of the instruction is in what the kernel saved.
    pub fn instruction(context: &mut libc::ucontext_t) -> &mut i64 {
        &mut context.uc_mcontext.mc_gpregs.gp_elr
    }

    /// sigaction(2) without the C library, which would write to `errno`.
    ///
    /// # Safety
    /// The structure is valid.
    pub unsafe fn sigaction(signal: i32, action: *const u64) {
        // SAFETY: the kernel preserves all registers but those with results.
        unsafe {
            core::arch::asm!(
                "svc #0",
                in("x8") crate::headers::SYS_SIGACTION as u64,
                inlateout("x0") signal as u64 => _,
                inlateout("x1") action => _,
                in("x2") 0_u64,
                options(nostack),
            );
        }
    }
}
