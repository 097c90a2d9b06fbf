//! The thread area: where a thread's pointer leads. The host's word is in it (the control block), and beside it is
//! the way to the thread's record and the thread-local variables of compiled code.
//!
//! | | before | at the thread pointer | after |
//! | --- | --- | --- | --- |
//! | x86-64 | thread-local variables | control block, 8 bytes | pointer to the record |
//! | aarch64 | pointer to the record | control block, 16 bytes | thread-local variables |
//!
//! On x86-64 the thread pointer is the word at `%fs:0`, and the base of `%fs` is the host's. Where thread-local
//! variables lie is the convention of each processor: "ELF Handling For Thread-Local Storage", variants II and I.

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::ptr::{NonNull, null, null_mut};

use cloudabi_sys::{Tcb, Tid};

use super::pointer;
use super::record::Record;
use super::template::{self, Template};
use crate::io;
use crate::start::Once;

/// What all areas have.
#[repr(C, align(16))]
struct Head {
    #[cfg(target_arch = "aarch64")]
    unused: usize,
    #[cfg(target_arch = "aarch64")]
    record: *const Record,
    block: Tcb,
    #[cfg(target_arch = "aarch64")]
    reserved: usize,
    #[cfg(target_arch = "x86_64")]
    record: *const Record,
}

/// From the start of the head to where the thread pointer leads.
const BLOCK: usize = core::mem::offset_of!(Head, block);

impl Head {
    const EMPTY: Head = Head {
        #[cfg(target_arch = "aarch64")]
        unused: 0,
        record: null(),
        block: Tcb { parent: null_mut() },
        #[cfg(target_arch = "aarch64")]
        reserved: 0,
    };
}

/// From the thread pointer to the pointer to the record, in bytes.
pub(super) const RECORD: isize = core::mem::offset_of!(Head, record) as isize - BLOCK as isize;

/// The calling thread's record; whatever is there before [`begin_first`].
#[inline]
pub(super) fn current() -> *const Record {
    // SAFETY: the thread pointer leads to an area.
    unsafe { pointer::load_beside::<RECORD>() }.cast()
}

/// An area on the heap.
pub(super) struct Area {
    memory: NonNull<u8>,
    layout: Layout,
    /// Where in the memory the thread pointer leads.
    pointer: usize,
}

impl Area {
    /// An area with all thread-local variables as they are at first.
    pub(super) fn new() -> io::Result<Area> {
        let template = template::get();
        let align = template.align.max(align_of::<Head>());
        let variables = template.size.next_multiple_of(align);
        // Where the thread pointer leads, where the variables begin, and the size.
        #[cfg(target_arch = "x86_64")]
        let (pointer, first, size) = (
            variables,
            variables - template.size.next_multiple_of(template.align),
            variables + size_of::<Head>(),
        );
        #[cfg(target_arch = "aarch64")]
        let (pointer, first, size) =
            (align, align + 16usize.next_multiple_of(template.align), 2 * align + 16 + variables);
        let no_memory = || io::Error::from(io::ErrorKind::OutOfMemory);
        let layout = Layout::from_size_align(size, align).map_err(|_| no_memory())?;
        // SAFETY: the head alone makes the size more than nothing.
        let memory = NonNull::new(unsafe { alloc::alloc::alloc_zeroed(layout) }).ok_or_else(no_memory)?;
        // SAFETY: there is room for all variables, and the image has no more than those.
        unsafe {
            let Template { image, image_size, .. } = template;
            memory.add(first).as_ptr().copy_from_nonoverlapping(image, image_size);
            memory.add(pointer - BLOCK).cast::<Head>().write(Head::EMPTY);
        }
        Ok(Area { memory, layout, pointer })
    }

    /// For [`enter`].
    pub(super) fn as_ptr(&self) -> *mut Tcb {
        // SAFETY: it is within the memory.
        unsafe { self.memory.add(self.pointer) }.as_ptr().cast()
    }
}

impl Drop for Area {
    fn drop(&mut self) {
        // SAFETY: it was allocated so, and no thread uses it any more.
        unsafe { alloc::alloc::dealloc(self.memory.as_ptr(), self.layout) }
    }
}

/// Gives the calling thread another area, with its control block copied.
///
/// # Safety
///
/// `block` is the control block of an area, which stays until the thread has ended and is the thread's alone, as is
/// the record.
pub(super) unsafe fn enter(block: *mut Tcb, record: *const Record) {
    // SAFETY: the host says that the thread pointer leads to a control block, and the caller gives the area.
    unsafe {
        block.write(pointer::get().read());
        block.cast::<u8>().offset(RECORD).cast::<*const Record>().write(record);
        pointer::set(block);
    }
}

struct First {
    head: UnsafeCell<Head>,
    record: UnsafeCell<Record>,
}

// SAFETY: only the first thread uses it.
unsafe impl Sync for First {}

static FIRST: First =
    First { head: UnsafeCell::new(Head::EMPTY), record: UnsafeCell::new(Record::new(Tid(0))) };

/// Gives the first thread its area.
///
/// # Safety
///
/// It is the first thread, and nothing of the program's ran before.
pub(crate) unsafe fn begin_first(once: Once) {
    // SAFETY: nobody else uses these, and they stay. The headers are those that the host told of.
    unsafe {
        template::set(once);
        FIRST.record.get().write(Record::new(once.thread));
        enter(&raw mut (*FIRST.head.get()).block, FIRST.record.get());
    }
    // The allocator needs an area itself.
    if template::get().size != 0 {
        match Area::new() {
            // SAFETY: as above; the area is never dropped.
            Ok(area) => unsafe { enter(core::mem::ManuallyDrop::new(area).as_ptr(), FIRST.record.get()) },
            Err(_) => crate::process::abort(),
        }
    }
}
