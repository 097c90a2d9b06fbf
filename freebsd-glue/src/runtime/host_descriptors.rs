//! Closing what of the kernel's descriptors a process is not to have.

use std::io;

/// Closes every descriptor that is not listed.
///
/// # Errors
/// What close_range(2) says.
///
/// # Safety
/// Nothing in this process uses any of the others.
pub unsafe fn close_all_but(kept: &mut [i32]) -> io::Result<()> {
    kept.sort_unstable();
    let mut first = 0;
    for &fd in kept.iter() {
        // A descriptor is not negative.
        let fd = fd.cast_unsigned();
        if first < fd {
            // SAFETY: none in the range is listed.
            unsafe { close_range(first, fd - 1) }?;
        }
        first = fd + 1;
    }
    // SAFETY: as above.
    unsafe { close_range(first, u32::MAX) }
}

/// close_range(2), ends included.
///
/// # Safety
/// Nothing in this process uses the descriptors in the range.
unsafe fn close_range(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: the caller vouches for the descriptors.
    match unsafe { libc::close_range(first, last, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
