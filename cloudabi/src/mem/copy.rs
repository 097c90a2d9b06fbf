//! Copies out of and into memory that others change meanwhile.
//!
//! Byte by byte and atomically: whatever others do, what arrives is some bytes, and nothing else goes wrong.

use core::sync::atomic::{AtomicU8, Ordering};

/// Copies bytes out.
///
/// # Safety
///
/// So many bytes are there, for reading, and all others in this program use them atomically.
pub(crate) unsafe fn out(from: *const u8, target: &mut [u8]) {
    for (index, byte) in target.iter_mut().enumerate() {
        // SAFETY: the caller says so.
        *byte = unsafe { &*from.add(index).cast::<AtomicU8>() }.load(Ordering::Relaxed);
    }
}

/// Copies bytes in.
///
/// # Safety
///
/// So many bytes are there, for writing, and all others in this program use them atomically.
pub(crate) unsafe fn into(to: *mut u8, bytes: &[u8]) {
    for (index, byte) in bytes.iter().enumerate() {
        // SAFETY: the caller says so.
        unsafe { &*to.add(index).cast::<AtomicU8>() }.store(*byte, Ordering::Relaxed);
    }
}
