//! System calls of Linux's, by instructions of this program's.

#[cfg(target_arch = "x86_64")]
use core::arch::asm;

/// The number of the error that says that there is no such call, as calls return it.
pub const ENOSYS: i64 = -38;

/// Scripts are written in the numbers of x86-64's calls. Elsewhere there is nothing to attack with.
#[cfg(not(target_arch = "x86_64"))]
pub fn call(_: i64, _: &[i64]) -> i64 {
    ENOSYS
}

/// As above.
#[cfg(not(target_arch = "x86_64"))]
pub fn call_32(_: i64, _: &[i64]) -> i64 {
    ENOSYS
}

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
        core::arch::asm!("mrs {}, tpidr_el0", out(reg) block);
        block.read()
    }
}
