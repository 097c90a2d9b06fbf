//! The assembly, and where everything is in it.

use super::Code;
use crate::thread_block::ThreadBlock;
use core::ops::Range;
use stubs::STUBS;

#[path = "../generated/stubs.rs"]
#[rustfmt::skip]
mod stubs;

// The two files go to the same section, one behind the other, since they are in one piece of assembly.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    include_str!("../../../generated/vdso/cloudabi_vdso_x86_64_emulated.S"),
    include_str!("clock_x86_64.S"),
    include_str!("enter_x86_64.S"),
    options(att_syntax, raw)
);
#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    include_str!("../../../generated/vdso/cloudabi_vdso_aarch64_emulated.S"),
    include_str!("clock_aarch64.S"),
    include_str!("enter_aarch64.S"),
    options(raw)
);

unsafe extern "C" {
    safe static cloudabi_vdso_text_begin: u8;
    safe static cloudabi_vdso_text_end: u8;
    safe static cloudabi_vdso_clock: u8;
    safe static cloudabi_vdso_clock_store: u8;
    safe static cloudabi_vdso_clock_store_end: u8;
    safe static cloudabi_vdso_clock_landing: u8;
    safe static cloudabi_vdso_clock_end: u8;
    safe static cloudabi_vdso_clock_data: u8;
    safe static cloudabi_vdso_code_end: u8;

    fn cloudabi_enter(
        thread: *mut ThreadBlock,
        entry: u64,
        first: u64,
        second: u64,
        stack_top: u64,
        control_block: u64,
    ) -> u64;
    fn cloudabi_leave(thread: *const ThreadBlock, value: u64) -> !;
}

/// The code, as it was linked into the host.
pub(crate) fn code() -> Option<Code> {
    let begin = &raw const cloudabi_vdso_text_begin;
    let place = |symbol: *const u8| symbol as usize - begin as usize;
    let range = |from: *const u8, to: *const u8| -> Range<usize> { place(from)..place(to) };
    let size = place(&raw const cloudabi_vdso_code_end);
    Some(Code {
        // SAFETY: the symbols bound a part of the host's own code, which nothing changes.
        bytes: unsafe { core::slice::from_raw_parts(begin, size) },
        stubs: &STUBS,
        stubs_end: place(&raw const cloudabi_vdso_text_end),
        clock: range(&raw const cloudabi_vdso_clock, &raw const cloudabi_vdso_clock_end),
        clock_store: range(&raw const cloudabi_vdso_clock_store, &raw const cloudabi_vdso_clock_store_end),
        clock_landing: place(&raw const cloudabi_vdso_clock_landing),
        clock_data: range(&raw const cloudabi_vdso_clock_data, &raw const cloudabi_vdso_code_end),
    })
}

/// See [`crate::enter::run`].
///
/// # Safety
/// As there.
pub(crate) unsafe fn enter(
    thread: *mut ThreadBlock,
    entry: u64,
    first: u64,
    second: u64,
    stack_top: u64,
    control_block: u64,
) -> u64 {
    // SAFETY: the caller promises what the function asks for.
    unsafe { cloudabi_enter(thread, entry, first, second, stack_top, control_block) }
}

/// See [`crate::enter::leave`].
///
/// # Safety
/// As there.
pub(crate) unsafe fn leave(thread: *const ThreadBlock, value: u64) -> ! {
    // SAFETY: the caller promises what the function asks for.
    unsafe { cloudabi_leave(thread, value) }
}
