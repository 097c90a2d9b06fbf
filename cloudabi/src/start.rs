//! What a program is told when it starts.

use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// What the auxiliary vector said. Written once, before the program's own function runs.
struct Facts {
    argument_data: AtomicPtr<u8>,
    argument_data_length: AtomicUsize,
    canary: AtomicPtr<u8>,
    canary_length: AtomicUsize,
    page_size: AtomicUsize,
    processors: AtomicUsize,
    process_id: AtomicPtr<u8>,
}

static FACTS: Facts = Facts {
    argument_data: AtomicPtr::new(core::ptr::null_mut()),
    argument_data_length: AtomicUsize::new(0),
    canary: AtomicPtr::new(core::ptr::null_mut()),
    canary_length: AtomicUsize::new(0),
    page_size: AtomicUsize::new(4096),
    processors: AtomicUsize::new(1),
    process_id: AtomicPtr::new(core::ptr::null_mut()),
};

fn bytes(start: &AtomicPtr<u8>, length: &AtomicUsize) -> &'static [u8] {
    let start = start.load(Ordering::Relaxed);
    if start.is_null() {
        return &[];
    }
    // SAFETY: only `set` writes these, and its caller says that so many bytes are there for good.
    unsafe { core::slice::from_raw_parts(start, length.load(Ordering::Relaxed)) }
}

/// The argument data; nothing if there is none.
pub(crate) fn argument_data() -> &'static [u8] {
    bytes(&FACTS.argument_data, &FACTS.argument_data_length)
}

/// Random bytes for seeds.
pub(crate) fn canary() -> &'static [u8] {
    bytes(&FACTS.canary, &FACTS.canary_length)
}

/// Bytes in a page of memory.
pub(crate) fn page_size() -> usize {
    FACTS.page_size.load(Ordering::Relaxed)
}

/// The size of so many bytes in whole pages. `None` if it is larger than any memory.
#[cfg(any(cloudabi, target_os = "cloudabi"))]
pub(crate) fn whole_pages(size: usize) -> Option<usize> {
    // A page's size is a power of two.
    let mask = page_size() - 1;
    Some(size.checked_add(mask)? & !mask)
}

/// How many processors the host has.
pub(crate) fn processors() -> usize {
    FACTS.processors.load(Ordering::Relaxed)
}

/// What identifies the process.
pub(crate) fn process_id() -> Option<[u8; 16]> {
    let id = FACTS.process_id.load(Ordering::Relaxed);
    // SAFETY: only `set` writes it, and its caller says that 16 bytes are there for good.
    (!id.is_null()).then(|| unsafe { id.cast::<[u8; 16]>().read() })
}

/// What is needed of the vector once and not kept.
#[cfg(any(cloudabi, target_os = "cloudabi"))]
#[derive(Clone, Copy)]
pub(crate) struct Once {
    /// Number of the first thread.
    pub(crate) thread: cloudabi_sys::Tid,
    /// What was added to the program's addresses.
    pub(crate) base: usize,
    /// Where the program headers are, and how many.
    pub(crate) headers: (usize, usize),
}

/// Keeps what the vector says.
///
/// # Safety
///
/// The vector ends with an entry of type `NULL`, tells the truth, and what it points to stays.
#[cfg(any(cloudabi, target_os = "cloudabi"))]
pub(crate) unsafe fn set(vector: *const cloudabi_sys::Auxv) -> Once {
    use cloudabi_sys::Auxtype;

    let mut once = Once { thread: cloudabi_sys::Tid(1), base: 0, headers: (0, 0) };
    let mut next = vector;
    loop {
        // SAFETY: the end has not been reached.
        let entry = unsafe { next.read() };
        let (number, pointer) = (entry.union.as_a_val(), entry.union.as_a_ptr());
        match entry.a_type {
            Auxtype::NULL => return once,
            Auxtype::ARGDATA => FACTS.argument_data.store(pointer.cast(), Ordering::Relaxed),
            Auxtype::ARGDATALEN => FACTS.argument_data_length.store(number, Ordering::Relaxed),
            Auxtype::CANARY => FACTS.canary.store(pointer.cast(), Ordering::Relaxed),
            Auxtype::CANARYLEN => FACTS.canary_length.store(number, Ordering::Relaxed),
            Auxtype::PAGESZ => FACTS.page_size.store(number, Ordering::Relaxed),
            Auxtype::NCPUS => FACTS.processors.store(number.max(1), Ordering::Relaxed),
            Auxtype::PID => FACTS.process_id.store(pointer.cast(), Ordering::Relaxed),
            Auxtype::TID => once.thread = cloudabi_sys::Tid(number as u32),
            Auxtype::BASE => once.base = pointer.addr(),
            Auxtype::PHDR => once.headers.0 = pointer.addr(),
            Auxtype::PHNUM => once.headers.1 = number,
            _ => {}
        }
        // SAFETY: this was not the last entry.
        next = unsafe { next.add(1) };
    }
}
