//! Copying to and from memory that may not be there.
//!
//! Whether a page of the program's memory is mapped, and how it is protected, can change until the very moment of an
//! access. So these routines just access it. If the processor objects, the host's fault handler asks [`landing`]
//! where the thread should go on, and the routine answers [`Fault`]. Without such a handler a bad address ends the
//! process.
//!
//! The handler decides by the address of the instruction alone. It looks in two places:
//!
//! - A table that the linker puts together. Each piece of assembly here contributes its first address, the one
//!   behind its last instruction, and the one where to go on. So pieces can be expanded into their callers, and a
//!   copy of up to 16 bytes of known size, or of a small structure that calls often have, is as cheap as a plain one.
//! - A few slots for code that is made at run time, filled with [`Recovery::register`].
//!
//! # Safety
//! All of it is assembly, so that the compiler neither sees accesses to memory that it knows nothing about nor
//! assumes that nobody else writes there.

mod recovery;

#[cfg(target_arch = "aarch64")]
#[path = "aarch64.rs"]
mod machine;
#[cfg(target_arch = "x86_64")]
#[path = "x86_64.rs"]
mod machine;

pub use recovery::{Full, Recovery, landing};

use crate::memory::Fault;

/// How far apart addresses are probed: the smallest page of any supported machine.
const PROBE_STEP: u64 = 4096;

/// Copies from an address of the program's into memory of the host's, each byte exactly once as far as the result
/// can tell.
///
/// # Errors
/// [`Fault`] if a part cannot be read. What `to` holds is unspecified then.
///
/// # Safety
/// No object of the host's lies in the `to.len()` bytes from `from`, and that stays so during the call.
#[inline(always)]
pub unsafe fn copy_in(from: u64, to: &mut [u8]) -> Result<(), Fault> {
    /// Stores what was loaded.
    macro_rules! load {
        ($load:ident) => {{
            // SAFETY: as the caller promises.
            let value = unsafe { machine::$load(from) }?;
            to.copy_from_slice(&value.to_ne_bytes());
            Ok(())
        }};
    }
    match to.len() {
        1 => load!(load_1),
        2 => load!(load_2),
        4 => load!(load_4),
        8 => load!(load_8),
        16 => {
            // SAFETY: as the caller promises.
            let [first, second] = unsafe { machine::load_16(from) }?;
            to[..8].copy_from_slice(&first.to_ne_bytes());
            to[8..].copy_from_slice(&second.to_ne_bytes());
            Ok(())
        }
        // A subscription. The pieces are expanded in the same way.
        56 => {
            for (address, piece) in (from..).step_by(16).zip(to.chunks_exact_mut(16)) {
                // SAFETY: as the caller promises.
                let [first, second] = unsafe { machine::load_16(address) }?;
                piece[..8].copy_from_slice(&first.to_ne_bytes());
                piece[8..].copy_from_slice(&second.to_ne_bytes());
            }
            // SAFETY: as the caller promises.
            let last = unsafe { machine::load_8(from + 48) }?;
            to[48..].copy_from_slice(&last.to_ne_bytes());
            Ok(())
        }
        // SAFETY: the destination is valid for writing; for the source the caller vouches.
        size => unsafe { copy(to.as_mut_ptr().addr() as u64, from, size as u64) },
    }
}

/// As [`copy_in`], where it is not known how many bytes are going to be copied: quicker then, and slower otherwise.
///
/// # Errors
/// As for [`copy_in`].
///
/// # Safety
/// As for [`copy_in`].
#[inline(always)]
pub unsafe fn copy_in_any(from: u64, to: &mut [u8]) -> Result<(), Fault> {
    // SAFETY: the destination is valid for writing; for the source the caller vouches.
    unsafe { copy(to.as_mut_ptr().addr() as u64, from, to.len() as u64) }
}

/// Copies from memory of the host's to an address of the program's.
///
/// # Errors
/// [`Fault`] if a part cannot be written. Another part may have been written then.
///
/// # Safety
/// No object of the host's lies in the `from.len()` bytes from `to`, and that stays so during the call.
#[inline(always)]
pub unsafe fn copy_out(to: u64, from: &[u8]) -> Result<(), Fault> {
    /// Loads the value and stores it for the program.
    macro_rules! store {
        ($store:ident, $number:ident) => {{
            let mut value = [0; size_of::<$number>()];
            value.copy_from_slice(from);
            // SAFETY: as the caller promises.
            unsafe { machine::$store(to, $number::from_ne_bytes(value)) }
        }};
    }
    match from.len() {
        1 => store!(store_1, u8),
        2 => store!(store_2, u16),
        4 => store!(store_4, u32),
        8 => store!(store_8, u64),
        16 => {
            let (mut first, mut second) = ([0; 8], [0; 8]);
            first.copy_from_slice(&from[..8]);
            second.copy_from_slice(&from[8..]);
            // SAFETY: as the caller promises.
            unsafe { machine::store_16(to, [u64::from_ne_bytes(first), u64::from_ne_bytes(second)]) }
        }
        // An event.
        32 => {
            for (address, piece) in (to..).step_by(16).zip(from.chunks_exact(16)) {
                let (mut first, mut second) = ([0; 8], [0; 8]);
                first.copy_from_slice(&piece[..8]);
                second.copy_from_slice(&piece[8..]);
                // SAFETY: as the caller promises.
                unsafe {
                    machine::store_16(address, [u64::from_ne_bytes(first), u64::from_ne_bytes(second)])
                }?;
            }
            Ok(())
        }
        // SAFETY: the source is valid for reading; for the destination the caller vouches.
        size => unsafe { copy(to, from.as_ptr().addr() as u64, size as u64) },
    }
}

/// Loads a word that others change atomically; an acquiring load.
///
/// # Errors
/// [`Fault`] if it cannot be read.
///
/// # Safety
/// No object of the host's lies in the four bytes at the address, a multiple of four, and that stays so during the call.
#[inline(always)]
pub unsafe fn load_word(from: u64) -> Result<u32, Fault> {
    // SAFETY: as the caller promises.
    unsafe { machine::load_word(from) }
}

/// Replaces a word, atomically, if it is `current`: acquires and releases. Gives what it was.
///
/// # Errors
/// [`Fault`] if it cannot be written, whether it would be replaced or not.
///
/// # Safety
/// No object of the host's lies in the four bytes at the address, a multiple of four, and that stays so during the call.
#[inline(always)]
pub unsafe fn compare_exchange_word(address: u64, current: u32, new: u32) -> Result<u32, Fault> {
    // SAFETY: as the caller promises.
    unsafe { machine::compare_exchange_word(address, current, new) }
}

/// Finds out whether memory could be written at this moment. What it holds does not change, whoever else writes to
/// it meanwhile.
///
/// # Errors
/// [`Fault`] if a part cannot be written.
///
/// # Safety
/// No object of the host's lies in the `size` bytes from `address`, and they do not wrap around.
#[inline(always)]
pub unsafe fn probe_write(address: u64, size: u64) -> Result<(), Fault> {
    let Some(last) = size.checked_sub(1).map(|last| address + last) else { return Ok(()) };
    // SAFETY: as the caller promises.
    unsafe { machine::probe(address) }?;
    let mut page = address & !(PROBE_STEP - 1);
    while last - page >= PROBE_STEP {
        page += PROBE_STEP;
        // SAFETY: the address lies behind the first byte and not behind the last one.
        unsafe { machine::probe(page) }?;
    }
    Ok(())
}

/// Copies any number of bytes, of which one side may be missing.
///
/// # Safety
/// One side is valid; in the other one lies no object of the host's.
#[inline]
unsafe fn copy(to: u64, from: u64, size: u64) -> Result<(), Fault> {
    // SAFETY: as the caller promises.
    match unsafe { machine::cloudabi_copy(to, from, size) } {
        0 => Ok(()),
        _ => Err(Fault),
    }
}
