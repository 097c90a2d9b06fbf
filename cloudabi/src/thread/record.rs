//! What is known of each thread.

use core::cell::Cell;
use core::ptr::null;
use core::sync::atomic::{AtomicU64, Ordering};

use cloudabi_sys::Tid;

use super::local::Locals;
use crate::args::{Collector, Table};

/// What a thread knows of itself. Only the thread itself uses it.
pub(crate) struct Record {
    /// The thread's number, as locks have it.
    number: Cell<Tid>,
    /// The thread's identity; 0 if nobody has asked.
    id: Cell<u64>,
    /// Its thread-local variables.
    pub(super) locals: Locals,
    /// Where types that are read at the moment take their descriptors from. May be null.
    pub(crate) incoming: Cell<*const Table>,
    /// Where types that are written at the moment put their descriptors. May be null.
    pub(crate) outgoing: Cell<*const Collector>,
}

impl Record {
    /// For a thread of this number.
    pub(crate) const fn new(number: Tid) -> Self {
        Record {
            number: Cell::new(number),
            id: Cell::new(0),
            locals: Locals::new(),
            incoming: Cell::new(null()),
            outgoing: Cell::new(null()),
        }
    }

    /// The thread has another number from now on.
    pub(crate) fn renumber(&self, number: Tid) {
        self.number.set(number);
    }
}

/// Which thread it is. No other thread of the process has ever had the same one.
///
/// ```
/// use cloudabi::thread::{ThreadId, current};
///
/// let id: ThreadId = current();
/// assert_eq!(id, current());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(u64);

/// Which thread this is.
///
/// ```
/// use cloudabi::thread;
///
/// let id = thread::current();
/// let other = thread::spawn(thread::current)?.join();
/// assert!(id == thread::current() && id != other);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub fn current() -> ThreadId {
    static NEXT: AtomicU64 = AtomicU64::new(1);

    with(|record| {
        if record.id.get() == 0 {
            record.id.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        ThreadId(record.id.get())
    })
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
    use core::sync::atomic::AtomicU32;

    static NEXT: AtomicU32 = AtomicU32::new(1);
    std::thread_local! {
        // The variables of the program's go when the thread ends, and may ask for the record then. It is small.
        static RECORD: &'static Record = alloc::boxed::Box::leak(alloc::boxed::Box::new(Record::new(Tid(
            NEXT.fetch_add(1, Ordering::Relaxed) & 0x3fff_ffff,
        ))));
    }
    std::thread_local! {
        static END: End = const { End };
    }
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            if let Ok(record) = RECORD.try_with(|record| *record) {
                record.locals.destroy();
            }
        }
    }
    let record = RECORD.with(|record| *record);
    let _ = END.try_with(|_| ());
    act(record)
}
