//! The thread pointer.

use core::arch::asm;

use cloudabi_sys::Tcb;

/// Where it leads.
pub(super) fn get() -> *mut Tcb {
    let pointer;
    // SAFETY: it only reads the pointer.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("mov {}, qword ptr fs:[0]", out(reg) pointer, options(nostack, preserves_flags, readonly));
    }
    // SAFETY: it only reads the pointer.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nostack, preserves_flags, nomem));
    }
    pointer
}

/// The pointer that lies so many bytes from where it leads.
///
/// # Safety
///
/// There is one.
#[inline]
pub(super) unsafe fn load_beside<const OFFSET: isize>() -> *const () {
    let value;
    // SAFETY: the caller says so, and nothing is changed.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "mov {value}, qword ptr fs:[0]",
            "mov {value}, qword ptr [{value} + {offset}]",
            value = out(reg) value,
            offset = const OFFSET,
            options(nostack, preserves_flags, readonly),
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "mrs {value}, tpidr_el0",
            "ldur {value}, [{value}, {offset}]",
            value = out(reg) value,
            offset = const OFFSET,
            options(nostack, preserves_flags, readonly),
        );
    }
    value
}

/// Lets it lead elsewhere.
///
/// # Safety
///
/// There is the control block of the calling thread.
pub(super) unsafe fn set(block: *mut Tcb) {
    // SAFETY: the control block is in place, and the ABI leaves the pointer to the program.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("mov qword ptr fs:[0], {}", in(reg) block, options(nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("msr tpidr_el0, {}", in(reg) block, options(nostack, preserves_flags));
    }
}
