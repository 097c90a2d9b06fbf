//! Closing what of the kernel's descriptors a process is not to have.

use std::io;

use cloudabi_host::descriptors;

/// Closes every descriptor that is not listed.
///
/// # Errors
/// What close_range(2) says.
///
/// # Safety
/// Nothing in this process uses any of the others.
pub unsafe fn close_all_but(kept: &mut [i32]) -> io::Result<()> {
    // SAFETY: as the caller says.
    unsafe { descriptors::close_all_but(kept, close_range) }
}

/// close_range(2), ends included.
///
/// # Safety
/// Nothing in this process uses the descriptors in the range.
unsafe fn close_range(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: the caller vouches for the descriptors.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
