//! Closing what of the system's descriptors a process is not to have.

use std::io;

/// Closes every descriptor that is not listed, by a function that closes those of a range, ends included.
///
/// # Errors
/// What that function says.
///
/// # Safety
/// Nothing in this process uses any of the others.
pub unsafe fn close_all_but(
    kept: &mut [i32],
    close_range: unsafe fn(u32, u32) -> io::Result<()>,
) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static CLOSED: RefCell<Vec<(u32, u32)>> = const { RefCell::new(Vec::new()) };
    }

    unsafe fn note(first: u32, last: u32) -> io::Result<()> {
        CLOSED.with_borrow_mut(|closed| closed.push((first, last)));
        Ok(())
    }

    fn closed(kept: &[i32]) -> Vec<(u32, u32)> {
        // SAFETY: nothing is closed.
        unsafe { close_all_but(&mut kept.to_vec(), note) }.expect("it does not fail");
        CLOSED.take()
    }

    #[test]
    fn everything_between_what_is_kept_is_closed() {
        assert_eq!(closed(&[]), [(0, u32::MAX)]);
        assert_eq!(closed(&[7, 0, 3, 4, 3]), [(1, 2), (5, 6), (8, u32::MAX)]);
        assert_eq!(closed(&[2, 1, 0]), [(3, u32::MAX)]);
    }
}
