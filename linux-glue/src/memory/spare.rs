//! Room for one more mapping when there is none.

use cloudabi_host::address_space::Spare;
use core::ffi::c_void;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};

/// How many pages there are, every other one of which is protected differently: as many mappings.
const PAGES: usize = 4;

/// A few mappings that are good for nothing but being given up.
///
/// Linux limits how many mappings a process has. At the limit `munmap` still works, but what the program unmaps is
/// replaced by a reservation, with `mmap`, and that does not. So some mappings are kept in reserve to be unmapped first:
/// a program that reached the limit can give memory back. There are none until the program maps something itself.
#[derive(Debug, Default)]
pub struct SpareMappings {
    pages: Option<*mut c_void>,
}

// SAFETY: it is memory that nothing else refers to, and that nobody accesses.
unsafe impl Send for SpareMappings {}

impl Spare for SpareMappings {
    /// Gives the mappings up. Says whether there were any.
    fn release(&mut self) -> bool {
        let Some(pages) = self.pages.take() else { return false };
        // SAFETY: the mapping is this value's, and nothing refers to it any more.
        unsafe { rustix::mm::munmap(pages, PAGES * rustix::param::page_size()) }.is_ok()
    }

    /// Takes the mappings if they are not there and that is possible, otherwise perhaps the next time.
    fn restore(&mut self) {
        if self.pages.is_some() {
            return;
        }
        let page_size = rustix::param::page_size();
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: nothing that is mapped is replaced.
        let mapped = unsafe {
            rustix::mm::mmap_anonymous(core::ptr::null_mut(), PAGES * page_size, ProtFlags::empty(), flags)
        };
        let Ok(pages) = mapped else { return };
        self.pages = Some(pages);
        for index in (1..PAGES).step_by(2) {
            let page = pages.wrapping_byte_add(index * page_size);
            // SAFETY: the page belongs to the mapping that was just made.
            if unsafe { rustix::mm::mprotect(page, page_size, MprotectFlags::READ) }.is_err() {
                // What there is of it would be given up for nothing.
                self.release();
                return;
            }
        }
    }
}
