//! Stacks for the runtime's own code.

use core::ffi::c_void;
use std::io;

/// How much below a stack is inaccessible, in bytes: more than one page, for code that was compiled without probes
/// for large frames.
const GUARD: usize = 64 << 10;

/// A stack outside of the program's region, with an inaccessible guard below it. It stays until the process ends.
#[derive(Clone, Copy, Debug)]
pub struct HostStack {
    bottom: *mut c_void,
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
    /// What mmap(2) says.
    pub fn allocate(size: usize) -> io::Result<Self> {
        let page_size = rustix::param::page_size();
        let guard = GUARD.next_multiple_of(page_size);
        let size = size.checked_next_multiple_of(page_size).ok_or(io::ErrorKind::OutOfMemory)?;
        let map = |address: *mut c_void, size, prot, flags| {
            // SAFETY: nothing that is mapped is replaced, but for what this function has just reserved.
            match unsafe { libc::mmap(address, size, prot, flags, -1, 0) } {
                libc::MAP_FAILED => Err(io::Error::last_os_error()),
                address => Ok(address),
            }
        };
        let whole = guard.checked_add(size).ok_or(io::ErrorKind::OutOfMemory)?;
        let lowest = map(core::ptr::null_mut(), whole, libc::PROT_NONE, libc::MAP_GUARD)?;
        let bottom = lowest.wrapping_byte_add(guard);
        let flags = libc::MAP_ANON | libc::MAP_PRIVATE | libc::MAP_FIXED;
        map(bottom, size, libc::PROT_READ | libc::PROT_WRITE, flags)?;
        Ok(HostStack { bottom, size })
    }

    /// The lowest address that can be used.
    pub fn bottom(&self) -> *mut c_void {
        self.bottom
    }

    /// Size in bytes, without the guard.
    pub fn size(&self) -> usize {
        self.size
    }
}
