//! Stacks for the runtime's own code.

use core::ffi::c_void;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use std::io;

/// How much below a stack is inaccessible, in bytes: more than one page, for code that was compiled without probes
/// for large frames.
const GUARD: usize = 64 << 10;

/// A stack outside of the program's region, with an inaccessible guard below it. It is unmapped when dropped.
#[derive(Debug)]
pub struct HostStack {
    guard: *mut c_void,
    guard_size: usize,
    size: usize,
}

// SAFETY: it is memory that nothing else refers to, and methods give addresses only.
unsafe impl Send for HostStack {}
// SAFETY: as above.
unsafe impl Sync for HostStack {}

impl HostStack {
    /// Makes a stack of at least so many bytes.
    ///
    /// # Errors
    /// What `mmap` or `mprotect` say.
    pub fn allocate(size: usize) -> io::Result<Self> {
        let page_size = rustix::param::page_size();
        let guard_size = GUARD.next_multiple_of(page_size);
        let whole = size
            .checked_next_multiple_of(page_size)
            .and_then(|size| size.checked_add(guard_size))
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
        // SAFETY: nothing that is mapped is replaced.
        let guard =
            unsafe { rustix::mm::mmap_anonymous(core::ptr::null_mut(), whole, ProtFlags::empty(), flags) }?;
        let stack = HostStack { guard, guard_size, size: whole - guard_size };
        let access = MprotectFlags::READ | MprotectFlags::WRITE;
        // SAFETY: the pages were mapped by the lines above, and nobody else knows of them.
        unsafe { rustix::mm::mprotect(stack.bottom(), stack.size, access) }?;
        Ok(stack)
    }

    /// The lowest address that can be used.
    pub fn bottom(&self) -> *mut c_void {
        self.guard.wrapping_byte_add(self.guard_size)
    }

    /// The address just above the stack, a multiple of the page size. Stacks grow down from here.
    pub fn top(&self) -> *mut c_void {
        self.bottom().wrapping_byte_add(self.size)
    }

    /// Size in bytes, without the guard.
    pub fn size(&self) -> usize {
        self.size
    }
}

impl Drop for HostStack {
    fn drop(&mut self) {
        // SAFETY: this value owns the mapping.
        let result = unsafe { rustix::mm::munmap(self.guard, self.guard_size + self.size) };
        // It can only fail if the kernel cannot split a mapping that was merged with another one.
        debug_assert!(result.is_ok(), "{result:?}");
    }
}
