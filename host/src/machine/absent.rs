//! For processors and systems that there is no assembly for.

use super::Code;
use crate::thread_block::ThreadBlock;

/// There is none.
pub(crate) fn code() -> Option<Code> {
    None
}

/// Ends the process: a program that cannot call its host has nothing to be entered for.
///
/// # Safety
/// None needed.
pub(crate) unsafe fn enter(_: *mut ThreadBlock, _: u64, _: u64, _: u64, _: u64, _: u64) -> u64 {
    std::process::abort()
}

/// Ends the process: nothing was entered.
///
/// # Safety
/// None needed.
pub(crate) unsafe fn leave(_: *const ThreadBlock, _: u64) -> ! {
    std::process::abort()
}
