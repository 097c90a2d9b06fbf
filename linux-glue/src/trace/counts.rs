//! How often calls were made, on a page that the parent and all of the program's processes share.

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use cloudabi_host::{shims, table};
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// The numbers of all calls. The mapping stays for as long as the process.
#[derive(Debug)]
pub struct Counts {
    page: NonNull<Page>,
}

#[repr(C)]
struct Page([Counters; shims::ENTRIES]);

/// The numbers of one call.
#[repr(C)]
struct Counters {
    calls: AtomicU64,
    errors: AtomicU64,
    nanoseconds: AtomicU64,
}

/// How often a call was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The call's name.
    pub name: &'static str,
    /// How many times it was made.
    pub calls: u64,
    /// How many times it has failed.
    pub errors: u64,
    /// How long it took altogether, in nanoseconds. Calls that have not returned are not in it.
    pub nanoseconds: u64,
}

impl Counts {
    /// All zeros.
    pub(crate) fn new() -> io::Result<Counts> {
        // SAFETY: the mapping is new and replaces nothing.
        let page = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                size_of::<Page>(),
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
            )
        }?;
        Ok(Counts { page: NonNull::new(page.cast()).ok_or(Errno::NOMEM)? })
    }

    /// The same page.
    pub(crate) fn again(&self) -> Counts {
        Counts { page: self.page }
    }

    fn of(&self, number: u32) -> Option<&Counters> {
        // SAFETY: the page stays, zeros are a value of it, and it is only accessed atomically.
        unsafe { self.page.as_ref() }.0.get(number as usize)
    }

    /// Notes that a call is made.
    pub(crate) fn begin(&self, number: u32) {
        if let Some(counters) = self.of(number) {
            counters.calls.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes that it has returned.
    pub(crate) fn end(&self, number: u32, failed: bool, nanoseconds: u64) {
        if let Some(counters) = self.of(number) {
            counters.errors.fetch_add(failed.into(), Ordering::Relaxed);
            counters.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        }
    }

    /// The calls that were made, in the order of their numbers.
    pub fn all(&self) -> Vec<Count> {
        let calls = table::CALLS.iter().flatten();
        let counted = calls.filter_map(|call| {
            let counters = self.of(call.number)?;
            let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            Some(Count {
                name: call.name,
                calls: number(&counters.calls),
                errors: number(&counters.errors),
                nanoseconds: number(&counters.nanoseconds),
            })
        });
        counted.filter(|count| count.calls > 0).collect()
    }
}

// SAFETY: the page is only accessed atomically, and stays.
unsafe impl Send for Counts {}
// SAFETY: as above.
unsafe impl Sync for Counts {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted() {
        let counts = Counts::new().expect("memory");
        assert_eq!(counts.all(), []);
        let other = counts.again();
        for (failed, took) in [(false, 10), (true, 5)] {
            other.begin(1);
            other.end(1, failed, took);
        }
        other.begin(0);
        other.begin(u32::MAX);
        let count = |name, calls, errors, nanoseconds| Count { name, calls, errors, nanoseconds };
        assert_eq!(counts.all(), [count("clock_res_get", 1, 0, 0), count("clock_time_get", 2, 1, 15)]);
    }
}
