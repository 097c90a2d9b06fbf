//! The thread area: where a thread's pointer leads. The host's word is in it (the control block), and beside it is
//! the way to the thread's record.
//!
//! | | before | at the thread pointer | after |
//! | --- | --- | --- | --- |
//! | x86-64 | thread-local variables of compiled code | control block, 8 bytes | pointer to the record |
//! | aarch64 | pointer to the record | control block, 16 bytes | thread-local variables of compiled code |
//!
//! On x86-64 the thread pointer is the word at `%fs:0`, and the base of `%fs` is the host's.

use core::arch::asm;
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr::{null, null_mut};

use cloudabi_sys::{Tcb, Tid};

use super::record::Record;
use crate::start::Once;

/// The part of an area that all programs have.
#[repr(C, align(16))]
pub(super) struct Area {
    #[cfg(target_arch = "aarch64")]
    unused: usize,
    #[cfg(target_arch = "aarch64")]
    record: *const Record,
    block: Tcb,
    #[cfg(target_arch = "aarch64")]
    reserved: usize,
    #[cfg(target_arch = "x86_64")]
    record: *const Record,
}

/// From the thread pointer to the pointer to the record, in bytes.
const RECORD: isize =
    core::mem::offset_of!(Area, record) as isize - core::mem::offset_of!(Area, block) as isize;

impl Area {
    const EMPTY: Area = Area {
        #[cfg(target_arch = "aarch64")]
        unused: 0,
        record: null(),
        block: Tcb { parent: null_mut() },
        #[cfg(target_arch = "aarch64")]
        reserved: 0,
    };
}

/// The calling thread's record; whatever is there before [`begin_first`].
#[inline]
pub(super) fn current() -> *const Record {
    let record;
    // SAFETY: the thread pointer leads to an area, see the table above. Nobody changes the pointers in it.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "mov {record}, qword ptr fs:[0]",
            "mov {record}, qword ptr [{record} + {offset}]",
            record = out(reg) record,
            offset = const RECORD,
            options(nostack, preserves_flags, readonly),
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "mrs {record}, tpidr_el0",
            "ldur {record}, [{record}, {offset}]",
            record = out(reg) record,
            offset = const RECORD,
            options(nostack, preserves_flags, readonly),
        );
    }
    record
}

/// The calling thread's pointer.
fn pointer() -> *mut c_void {
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

/// Gives the calling thread another area, with its control block copied.
///
/// # Safety
///
/// The area stays until the thread has ended and is the thread's alone, as is the record.
pub(super) unsafe fn enter(area: *mut Area, record: *const Record) {
    // SAFETY: the host says that the thread pointer leads to a control block, and the caller gives the area.
    unsafe {
        (*area).block = pointer().cast::<Tcb>().read();
        (*area).record = record;
    }
    // SAFETY: as above.
    let block = unsafe { &raw mut (*area).block };
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

struct First {
    area: UnsafeCell<Area>,
    record: UnsafeCell<Record>,
}

// SAFETY: only the first thread uses it.
unsafe impl Sync for First {}

static FIRST: First =
    First { area: UnsafeCell::new(Area::EMPTY), record: UnsafeCell::new(Record::new(Tid(0))) };

/// Gives the first thread its area.
///
/// # Safety
///
/// It is the first thread, and nothing of the program's ran before.
pub(crate) unsafe fn begin_first(once: Once) {
    // SAFETY: nobody else uses these, and they stay.
    unsafe {
        FIRST.record.get().write(Record::new(once.thread));
        enter(FIRST.area.get(), FIRST.record.get());
    }
}
