//! What the thread-local variables of compiled code are at first: the program header `PT_TLS`. Rust code on a stable
//! compiler has none; C code and assembly may.

use core::ptr::null;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::start::Once;

/// Type of the program header.
const PT_TLS: u32 = 7;

/// ELF-64 Object File Format, "Program header table entry".
#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    physical_address: u64,
    file_size: u64,
    memory_size: u64,
    align: u64,
}

/// The variables of a thread that begins.
#[derive(Clone, Copy)]
pub(super) struct Template {
    /// What the first of them are at first. The others are zero.
    pub(super) image: *const u8,
    pub(super) image_size: usize,
    pub(super) size: usize,
    /// At least 1.
    pub(super) align: usize,
}

static IMAGE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static IMAGE_SIZE: AtomicUsize = AtomicUsize::new(0);
static SIZE: AtomicUsize = AtomicUsize::new(0);
static ALIGN: AtomicUsize = AtomicUsize::new(1);

/// Finds the header and keeps what it says.
///
/// # Safety
///
/// The headers are those of this program.
pub(super) unsafe fn set(once: Once) {
    let (first, count) = once.headers;
    let first: *const ProgramHeader = core::ptr::with_exposed_provenance(first);
    for index in 0..count {
        // SAFETY: there are so many.
        let header = unsafe { &*first.add(index) };
        if header.kind == PT_TLS {
            let image =
                core::ptr::with_exposed_provenance_mut(once.base.wrapping_add(header.address as usize));
            IMAGE.store(image, Ordering::Relaxed);
            IMAGE_SIZE.store(header.file_size as usize, Ordering::Relaxed);
            SIZE.store(header.memory_size as usize, Ordering::Relaxed);
            ALIGN.store((header.align as usize).max(1), Ordering::Relaxed);
        }
    }
}

pub(super) fn get() -> Template {
    let image = IMAGE.load(Ordering::Relaxed);
    Template {
        image: if image.is_null() { null::<u8>().wrapping_add(1) } else { image },
        image_size: IMAGE_SIZE.load(Ordering::Relaxed),
        size: SIZE.load(Ordering::Relaxed),
        align: ALIGN.load(Ordering::Relaxed),
    }
}
