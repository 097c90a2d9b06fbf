//! What is known of each thread.

use core::cell::Cell;
use core::ptr::null;

use cloudabi_sys::Tid;

use crate::args::{Collector, Table};

/// What a thread knows of itself. Only the thread itself uses it.
#[derive(Debug)]
pub(crate) struct Record {
    /// The thread's number, as locks have it.
    number: Cell<Tid>,
    /// Where types that are read at the moment take their descriptors from. May be null.
    pub(crate) incoming: Cell<*const Table>,
    /// Where types that are written at the moment put their descriptors. May be null.
    pub(crate) outgoing: Cell<*const Collector>,
}

impl Record {
    /// For a thread of this number.
    pub(crate) const fn new(number: Tid) -> Self {
        Record { number: Cell::new(number), incoming: Cell::new(null()), outgoing: Cell::new(null()) }
    }
}

/// The calling thread's number.
#[inline]
pub(crate) fn current_number() -> u32 {
    with(|record| record.number.get().0)
}

/// Hands over the calling thread's record.
#[cfg(any(cloudabi, target_os = "cloudabi"))]
#[inline]
pub(crate) fn with<T>(act: impl FnOnce(&Record) -> T) -> T {
    // SAFETY: each thread has an area with a record before anything of the program's own runs in it, and keeps both
    // to its end.
    act(unsafe { &*super::area::current() })
}

/// Hands over the calling thread's record. Threads of another system get one when they first ask.
#[cfg(not(any(cloudabi, target_os = "cloudabi")))]
pub(crate) fn with<T>(act: impl FnOnce(&Record) -> T) -> T {
    use core::sync::atomic::{AtomicU32, Ordering};

    static NEXT: AtomicU32 = AtomicU32::new(1);
    std::thread_local! {
        static RECORD: Record = Record::new(Tid(NEXT.fetch_add(1, Ordering::Relaxed) & 0x3fff_ffff));
    }
    RECORD.with(act)
}
