//! System calls of Linux's, by instructions of this program's.

use core::arch::asm;

/// The number of the error that says that there is no such call, as calls return it.
pub const ENOSYS: i64 = -38;

/// There is no entry for other programs on this processor.
#[cfg(not(target_arch = "x86_64"))]
pub fn call_32(_: i64, _: &[i64]) -> i64 {
    ENOSYS
}

// Numbers of calls that this program makes without being told to, and which word of `struct stat` begins with the mode.
#[cfg(target_arch = "x86_64")]
mod numbers {
    pub const FSTAT: i64 = 5;
    pub const FCNTL: i64 = 72;
    pub const CLOCK_GETTIME: i64 = 228;
    pub const WRITE: i64 = 1;
    pub const SENDTO: i64 = 44;
    pub const STAT_MODE: usize = 3;
}
#[cfg(target_arch = "aarch64")]
mod numbers {
    pub const FSTAT: i64 = 80;
    pub const FCNTL: i64 = 25;
    pub const CLOCK_GETTIME: i64 = 113;
    pub const WRITE: i64 = 64;
    pub const SENDTO: i64 = 206;
    pub const STAT_MODE: usize = 2;
}
pub use numbers::{CLOCK_GETTIME, FCNTL, FSTAT, SENDTO, STAT_MODE, WRITE};

/// Up to six arguments, with zeros for what is missing.
pub fn six(arguments: &[i64]) -> [i64; 6] {
    let mut all = [0; 6];
    let count = arguments.len().min(6);
    all[..count].copy_from_slice(&arguments[..count]);
    all
}

/// Makes a system call of Linux's.
#[cfg(target_arch = "x86_64")]
pub fn call(number: i64, arguments: &[i64]) -> i64 {
    let all = six(arguments);
    let result;
    // SAFETY: it is an attack. What it does to this program's own memory is what the script asks for.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") all[0], in("rsi") all[1], in("rdx") all[2], in("r10") all[3], in("r8") all[4], in("r9") all[5],
            lateout("rcx") _, lateout("r11") _,
        );
    }
    result
}

/// Makes a system call of Linux's.
#[cfg(target_arch = "aarch64")]
pub fn call(number: i64, arguments: &[i64]) -> i64 {
    let all = six(arguments);
    let result;
    // SAFETY: it is an attack. What it does to this program's own memory is what the script asks for.
    unsafe {
        asm!(
            "svc #0",
            in("x8") number,
            inlateout("x0") all[0] => result,
            in("x1") all[1], in("x2") all[2], in("x3") all[3], in("x4") all[4], in("x5") all[5],
        );
    }
    result
}

/// Uses so many milliseconds of processor time.
pub fn spin(milliseconds: i64) {
    const PROCESS_CPU_TIME: i64 = 2;
    let now = || {
        let mut time = [0_i64; 2];
        call(CLOCK_GETTIME, &[PROCESS_CPU_TIME, time.as_mut_ptr().addr() as i64]);
        time[0] * 1000 + time[1] / 1_000_000
    };
    let end = now() + milliseconds;
    while now() < end {}
}

/// Makes a system call by the entry for 32-bit programs.
#[cfg(target_arch = "x86_64")]
pub fn call_32(number: i64, arguments: &[i64]) -> i64 {
    let argument = |index: usize| arguments.get(index).copied().unwrap_or(0);
    let result: i64;
    // SAFETY: as above.
    unsafe {
        asm!(
            "push rbx",
            "mov rbx, {first}",
            "int 0x80",
            "pop rbx",
            first = in(reg) argument(0),
            inlateout("rax") number => result,
            in("rcx") argument(1), in("rdx") argument(2), in("rsi") argument(3), in("rdi") argument(4),
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
        );
    }
    i64::from(result as i32)
}

/// The runtime's block of this thread, which the first word of its control block points to.
pub fn thread_block() -> *mut u64 {
    // SAFETY: the control block is there, and has one word.
    unsafe {
        let block: *mut *mut u64;
        #[cfg(target_arch = "x86_64")]
        asm!("mov {}, fs:0", out(reg) block);
        #[cfg(target_arch = "aarch64")]
        asm!("mrs {}, tpidr_el0", out(reg) block);
        block.read()
    }
}
