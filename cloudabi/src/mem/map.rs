//! Mappings of any kind.

use core::ptr::{NonNull, null_mut};

use cloudabi_sys::{Fd, Mflags, Mprot};

use crate::io;

/// A mapping, which goes when this is dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: it is memory, and no thread's own.
unsafe impl Send for Mapping {}
// SAFETY: as above; what is in it is a matter of its users.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps something where there is room. A length of 0 maps nothing.
    pub(super) fn new(
        length: usize,
        protection: Mprot,
        flags: Mflags,
        fd: Fd,
        offset: u64,
    ) -> io::Result<Mapping> {
        if length == 0 {
            return Ok(Mapping { start: NonNull::dangling(), length });
        }
        // SAFETY: without `FIXED` it replaces nothing.
        let start = unsafe { cloudabi_sys::mem_map(null_mut(), length, protection, flags, fd, offset) }?;
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Mapping { start, length })
    }

    pub(super) const fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Whether it has this part.
    pub(super) fn check(&self, offset: usize, length: usize) -> io::Result<()> {
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.length);
        if inside {
            Ok(())
        } else {
            Err(io::Error::constant(io::ErrorKind::InvalidInput, "it is outside of the memory"))
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.length != 0 {
            // SAFETY: it is a mapping of this length, and nothing borrows from it.
            let _ = unsafe { cloudabi_sys::mem_unmap(self.as_ptr().cast(), self.length) };
        }
    }
}
