//! Stopping all threads but one: what `proc_exec` needs before the program's memory goes.
//!
//! A thread can only go where it holds nothing: while it runs the program, or while it sleeps in a call. So each is sent
//! a signal, again and again until it is gone. The handler looks at the thread word.
//!
//! - If that is the program's, the thread is in the program, and the handler lets it go on in [`enter::leave`] instead.
//! - If it is the host's, the thread serves a call. The signal interrupts the system call that it sleeps in, if it
//!   does, and whoever makes calls that can sleep asks [`interrupted`] then. Otherwise the thread is back in the program soon,
//!   and finds another dispatch table at its next call, [`ENTRIES`], since a signal may never meet a thread that makes
//!   one call after the other in the program.
//!
//! What a thread has borrowed or allocated when it goes from the middle of a call is not given back: uses of descriptors
//! are counted anew, and the rest is a little memory.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use cloudabi_host::enter;
use cloudabi_host::memory::Region;
use cloudabi_host::runtime::Entry;
use cloudabi_host::shims;
use cloudabi_host::thread_block::ThreadBlock;

use super::STOPPED;

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

/// The signal: one that neither the ABI nor the C library knows.
fn signal() -> c_int {
    libc::SIGRTMIN()
}

/// Installs the handler, in a process whose program has this region.
///
/// # Errors
/// What sigaction(2) says.
pub fn install(region: Region) -> io::Result<()> {
    REGION[0].store(region.base(), Ordering::Relaxed);
    REGION[1].store(region.size(), Ordering::Relaxed);
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

/// Lets a thread of this process go that has this block. To be repeated until it is gone.
///
/// # Safety
/// The block exists, and the thread has it if it still is there.
pub unsafe fn ask_to_go(thread: i32, block: *mut ThreadBlock) {
    // SAFETY: the block is there. Stubs read the table's address with one instruction, whenever.
    unsafe { AtomicPtr::from_ptr((&raw mut (*block).entries).cast()) }
        .store((&raw const ENTRIES).cast_mut().cast::<Option<Entry>>(), Ordering::Release);
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
    if info.code != libc::SI_QUEUE || !STOPPING.load(Ordering::SeqCst) || info.value.is_null() {
        return;
    }
    let [base, size] = [0, 1].map(|index| REGION[index].load(Ordering::Relaxed));
    if machine::thread_word().wrapping_sub(base) >= size {
        return;
    }
    // SAFETY: whoever sent the signal named this thread's block. It has entered the program: its thread word says so.
    unsafe {
        machine::set_thread_word((*info.value).host_thread_pointer);
        machine::go_on_in(context, land, info.value, (*info.value).host_stack.addr() as u64);
    }
}

/// Where a thread goes on that was in the program.
///
/// # Safety
/// The thread was entered with this block, and its thread word is the host's.
unsafe extern "C" fn land(block: *const ThreadBlock) -> ! {
    // SAFETY: the caller vouches for the block.
    unsafe { enter::leave(block, STOPPED) }
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use super::ThreadBlock;

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
