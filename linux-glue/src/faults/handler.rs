//! The handler of faults.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, Ordering};

use super::Account;
use crate::launch::account_record;
use cloudabi_host::thread_block::ThreadBlock;
use std::io;

/// The signals that instructions cause. A bad address causes `SIGSEGV`, a page of a file that has been cut off `SIGBUS`;
/// the others are always the program's own.
const SIGNALS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// The descriptor that is told of the end; -1 for none.
static TOLD: AtomicI32 = AtomicI32::new(-1);

/// From now on, this descriptor is told which fault ends the process: [`FAULT`] bytes, the number of the ABI's signal and
/// the zeros of an exit code, by one `write`, which must not wait. -1 stands for no descriptor.
pub fn tell(fd: c_int) {
    TOLD.store(fd, Ordering::Relaxed);
}

/// The descriptor of the pipe that reports go to; -1 for none.
static REPORTED: AtomicI32 = AtomicI32::new(-1);

/// From now on, the parent is told of a fault that ends the process, through this pipe: by one `write` of an [`Account`], which
/// must not wait. -1 stands for no descriptor.
pub fn report_to(fd: c_int) {
    REPORTED.store(fd, Ordering::Relaxed);
}

/// How many bytes a fault is told in.
pub const FAULT: usize = 5;

/// Makes the process recover from faults where it can. To be called once, before other threads exist; calling it again
/// does no harm.
///
/// It also makes sure that the calling thread, and those that it starts from now on, do not block the signals: a fault
/// whose signal is blocked ends the process at once.
///
/// # Errors
/// What `sigaction` or `pthread_sigmask` say.
pub fn install() -> io::Result<()> {
    // SAFETY: zeros are a value of both structures. The handler does nothing that is not allowed in one.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        // Without `SA_NODEFER`, on purpose: if the handler itself faults, the signal is blocked, and the kernel ends
        // the process instead of filling the stack with further attempts.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut faults: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&mut faults);
        for signal in SIGNALS {
            libc::sigaddset(&mut faults, signal);
            check(libc::sigaction(signal, &action, core::ptr::null_mut()))?;
        }
        match libc::pthread_sigmask(libc::SIG_UNBLOCK, &faults, core::ptr::null_mut()) {
            0 => Ok(()),
            number => Err(io::Error::from_raw_os_error(number)),
        }
    }
}

/// What a function of the C library says.
fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Handles a fault. See [the module](super) for what it must not do.
extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes valid pointers to both, for this call.
    let (code, context) = unsafe { ((*info).si_code, &mut *context.cast::<libc::ucontext_t>()) };
    let instruction = machine::instruction(context);
    // Signals that somebody sent have codes up to 0, and where they arrive is chance.
    let is_fault = code > 0;
    if is_fault && let Some(landing) = cloudabi_host::copy::landing(*instruction as usize) {
        *instruction = landing as _;
        return;
    }
    // Without a handler, the same fault ends the process when the instruction is tried again.
    //
    // The kernel's structure: no handler, no flags, no restorer, an empty set of 64 signals.
    let default = [0_u64; 4];
    let action = [signal as usize, core::ptr::from_ref(&default).addr(), 0, size_of::<u64>()];
    // SAFETY: the structure is valid, and the process is about to end.
    unsafe { machine::system_call(libc::SYS_rt_sigaction, action) };
    let told = TOLD.load(Ordering::Relaxed);
    if is_fault && told != -1 {
        let words = [crate::generated::signal_from_host(signal).0, 0, 0, 0, 0];
        let arguments = [told as usize, words.as_ptr().addr(), FAULT, 0];
        // SAFETY: the bytes are there; whether anybody reads them makes no difference.
        unsafe { machine::system_call(libc::SYS_write, arguments) };
    }
    let reported = REPORTED.load(Ordering::Relaxed);
    if is_fault && reported != -1 {
        let stack = context.uc_stack.ss_sp.cast::<*const ThreadBlock>();
        // SAFETY: the kernel notes which stack this runs on; its lowest word is null, or the block of this thread.
        let mut account = unsafe { Account::of(if stack.is_null() { core::ptr::null() } else { *stack }) };
        account.first = (told == -1).into();
        account.signal = signal as u64;
        account.code = code as u64;
        // SAFETY: for these signals the kernel fills it in.
        account.address = unsafe { (*info).si_addr() }.addr() as u64;
        account.access = machine::access(context);
        account.instruction = *machine::instruction(context) as u64;
        // SAFETY: the call takes no arguments.
        account.process = unsafe { machine::system_call(libc::SYS_getpid, [0; 4]) } as u64;
        let bytes = account_record(&account);
        let arguments = [reported as usize, bytes.as_ptr().addr(), bytes.len(), 0];
        // SAFETY: the bytes are there; whether anybody reads them makes no difference.
        unsafe { machine::system_call(libc::SYS_write, arguments) };
    }
    if !is_fault {
        // Nothing will be tried again, so it is sent again. It is blocked, and arrives when the handler returns.
        // SAFETY: these calls take numbers only.
        unsafe {
            let process = machine::system_call(libc::SYS_getpid, [0; 4]);
            let thread = machine::system_call(libc::SYS_gettid, [0; 4]);
            machine::system_call(libc::SYS_tgkill, [process, thread, signal as usize, 0]);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod machine {
    /// The processor's error code: for page faults, what was done with the address.
    pub fn access(context: &libc::ucontext_t) -> u64 {
        context.uc_mcontext.gregs[libc::REG_ERR as usize].cast_unsigned()
    }

    /// Where the address of the instruction is in what the kernel saved.
    pub fn instruction(context: &mut libc::ucontext_t) -> &mut i64 {
        &mut context.uc_mcontext.gregs[libc::REG_RIP as usize]
    }

    /// Makes a system call without the C library, which would write to `errno`.
    ///
    /// # Safety
    /// As the system call.
    pub unsafe fn system_call(number: libc::c_long, arguments: [usize; 4]) -> usize {
        let result;
        // SAFETY: the kernel preserves all registers but these.
        unsafe {
            core::arch::asm!(
                "syscall",
                inlateout("rax") number as usize => result,
                in("rdi") arguments[0],
                in("rsi") arguments[1],
                in("rdx") arguments[2],
                in("r10") arguments[3],
                lateout("rcx") _,
                lateout("r11") _,
                options(nostack),
            );
        }
        result
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    /// It is not known.
    pub fn access(_: &libc::ucontext_t) -> u64 {
        u64::MAX
    }

    /// Where the address of the instruction is in what the kernel saved.
    pub fn instruction(context: &mut libc::ucontext_t) -> &mut u64 {
        &mut context.uc_mcontext.pc
    }

    /// Makes a system call without the C library, which would write to `errno`.
    ///
    /// # Safety
    /// As the system call.
    pub unsafe fn system_call(number: libc::c_long, arguments: [usize; 4]) -> usize {
        let result;
        // SAFETY: the kernel preserves all registers but the one with the result.
        unsafe {
            core::arch::asm!(
                "svc #0",
                in("x8") number as usize,
                inlateout("x0") arguments[0] => result,
                in("x1") arguments[1],
                in("x2") arguments[2],
                in("x3") arguments[3],
                options(nostack),
            );
        }
        result
    }
}
