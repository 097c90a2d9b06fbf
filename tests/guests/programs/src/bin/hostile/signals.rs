//! Code of the program's where it should not be: in handlers of signals, on threads of the runtime's, between two instructions
//! of the runtime's.

use core::arch::global_asm;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use crate::calls::{ENOSYS, call, six, thread_block};

const RT_SIGACTION: i64 = 13;
const SCHED_YIELD: i64 = 24;
const GETPID: i64 = 39;
const TGKILL: i64 = 234;

const SIGTRAP: i64 = 5;
const SIGBUS: i64 = 7;
const SIGUSR1: i64 = 10;
const SIGSEGV: i64 = 11;

const SA_SIGINFO: u64 = 4;
const SA_RESTORER: u64 = 0x0400_0000;

type Handler = unsafe extern "C" fn(i32, *mut u8, *mut u64);

/// `struct kernel_sigaction`
#[repr(C)]
struct Action {
    handler: Handler,
    flags: u64,
    restorer: unsafe extern "C" fn(),
    mask: u64,
}

unsafe extern "C" {
    fn hostile_return();
    fn hostile_step(frame: *mut Frame);
    static hostile_landing: u8;
}

/// What [`hostile_step`] puts into registers.
#[repr(C)]
struct Frame {
    target: u64,
    number: i64,
    arguments: [i64; 6],
    stack: u64,
}

// Makes a call by somebody else's instruction. The processor stops after each instruction from the jump there on; whatever that
// code does with registers ends up in memory that nobody needs.
global_asm!(
    ".globl hostile_return, hostile_step, hostile_landing",
    ".hidden hostile_return, hostile_step, hostile_landing",
    "hostile_return:",
    "mov eax, 15",
    "syscall",
    "hostile_step:",
    "push rbx",
    "push rbp",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "mov [rip + {saved}], rsp",
    "mov r15, rdi",
    "mov rsp, [r15 + 64]",
    "mov rax, [r15 + 8]",
    "mov rdi, [r15 + 16]",
    "mov rsi, [r15 + 24]",
    "mov rdx, [r15 + 32]",
    "mov r10, [r15 + 40]",
    "mov r8, [r15 + 48]",
    "mov r9, [r15 + 56]",
    "mov rbx, rsp",
    "mov rbp, rsp",
    "mov r12, rsp",
    "mov r13, rsp",
    "mov r14, rsp",
    "push [r15]",
    "mov r15, rbx",
    "pushfq",
    "or qword ptr [rsp], 0x100",
    "popfq",
    "ret",
    "hostile_landing:",
    "mov rsp, [rip + {saved}]",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbp",
    "pop rbx",
    "ret",
    saved = sym SAVED,
);

/// The stack of whoever has called [`hostile_step`].
static SAVED: AtomicU64 = AtomicU64::new(0);
static TARGET: AtomicU64 = AtomicU64::new(0);
static RESULT: AtomicI64 = AtomicI64::new(0);

/// Places in what a handler gets, counted in words: `ucontext_t` with its registers.
const RAX: usize = 5 + 13;
const RIP: usize = 5 + 16;
const FLAGS: usize = 5 + 17;

/// Stops are of interest when the call has been made.
unsafe extern "C" fn stopped(_: i32, _: *mut u8, context: *mut u64) {
    // SAFETY: the kernel has written the registers there.
    unsafe {
        if context.add(RIP).read() == TARGET.load(Ordering::Relaxed) {
            return;
        }
        RESULT.store(context.add(RAX).read().cast_signed(), Ordering::Relaxed);
        context.add(RIP).write((&raw const hostile_landing).addr() as u64);
        context.add(FLAGS).write(context.add(FLAGS).read() & !0x100);
    }
}

fn handle(signal: i64, handler: Handler) {
    let action = Action { handler, flags: SA_SIGINFO | SA_RESTORER, restorer: hostile_return, mask: 0 };
    call(RT_SIGACTION, &[signal, (&raw const action).addr() as i64, 0, 8]);
}

/// Makes a system call by an instruction in the runtime's code.
pub fn call_through_runtime(number: i64, arguments: &[i64]) -> i64 {
    const ENTRIES: usize = 2;
    /// Far less than all that code.
    const FAR: usize = 8 << 20;
    // SAFETY: it is an attack. The runtime's code follows its entries.
    let target = unsafe {
        let mut at = thread_block().add(ENTRIES).cast::<*const *const u8>().read().read();
        let end = at.wrapping_add(FAR);
        while at < end && (at.read() != 0x0f || at.add(1).read() != 0x05) {
            at = at.add(1);
        }
        if at == end {
            return ENOSYS;
        }
        at.addr() as u64
    };
    TARGET.store(target, Ordering::Relaxed);
    // What comes behind the instruction may have no memory to use: that stops it, too.
    for signal in [SIGTRAP, SIGSEGV, SIGBUS] {
        handle(signal, stopped);
    }
    let mut room = alloc::vec![0_u8; 256 << 10];
    let stack = (room.as_mut_ptr().addr() as u64 + (128 << 10)) & !63;
    let mut frame = Frame { target, number, arguments: six(arguments), stack };
    // SAFETY: it is an attack, which comes back by way of the handler.
    unsafe { hostile_step(&raw mut frame) };
    RESULT.load(Ordering::Relaxed)
}

static ORDER: [AtomicI64; 7] = [const { AtomicI64::new(0) }; 7];
static DONE: AtomicBool = AtomicBool::new(false);

unsafe extern "C" fn ordered(_: i32, _: *mut u8, _: *mut u64) {
    let words: [i64; 7] = core::array::from_fn(|index| ORDER[index].load(Ordering::Relaxed));
    RESULT.store(call(words[0], &words[1..]), Ordering::Relaxed);
    DONE.store(true, Ordering::Release);
}

/// Has the process's first thread make a system call, whatever it does otherwise.
pub fn call_on_first_thread(number: i64, arguments: &[i64]) -> i64 {
    ORDER[0].store(number, Ordering::Relaxed);
    for (place, argument) in ORDER[1..].iter().zip(six(arguments)) {
        place.store(argument, Ordering::Relaxed);
    }
    DONE.store(false, Ordering::Relaxed);
    handle(SIGUSR1, ordered);
    let process = call(GETPID, &[]);
    if call(TGKILL, &[process, process, SIGUSR1]) != 0 {
        return ENOSYS;
    }
    for _ in 0..10_000_000 {
        if DONE.load(Ordering::Acquire) {
            return RESULT.load(Ordering::Relaxed);
        }
        call(SCHED_YIELD, &[]);
    }
    ENOSYS
}
