//! Stacks.

use core::ptr::{NonNull, null_mut};

use cloudabi_sys::{Fd, Mflags, Mprot, mem_map, mem_protect, mem_unmap};

use crate::io;
use crate::start::{page_size, whole_pages};

/// Memory for a stack. Below it lies a page that cannot be used, so that a stack that is too small ends the program.
#[derive(Debug)]
pub(super) struct Stack {
    mapping: NonNull<u8>,
    length: usize,
}

impl Stack {
    /// A stack of so many bytes, at least.
    pub(super) fn new(size: usize) -> io::Result<Stack> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let length = whole_pages(size.max(1)).and_then(|size| size.checked_add(page_size()));
        let length = length.ok_or_else(too_large)?;
        let (protection, flags) = (Mprot::READ | Mprot::WRITE, Mflags::ANON | Mflags::PRIVATE);
        // SAFETY: without `FIXED` it replaces nothing.
        let mapping = unsafe { mem_map(null_mut(), length, protection, flags, Fd::MAP_ANON_FD, 0) }?;
        let mapping = NonNull::new(mapping.cast()).ok_or_else(too_large)?;
        let stack = Stack { mapping, length };
        // SAFETY: it is the first page of the new mapping.
        unsafe { mem_protect(mapping.as_ptr().cast(), page_size(), Mprot::empty()) }?;
        Ok(stack)
    }

    /// Where its usable part begins, and how long that is.
    pub(super) fn usable(&self) -> (*mut u8, usize) {
        // SAFETY: the mapping is longer than a page.
        (unsafe { self.mapping.as_ptr().add(page_size()) }, self.length - page_size())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: nothing uses it any more.
        let _ = unsafe { mem_unmap(self.mapping.as_ptr().cast(), self.length) };
    }
}
