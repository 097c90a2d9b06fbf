//! A program's memory for tests: an ordinary vector at made-up addresses, with pages that can be taken away.

use cloudabi_host::memory::{Fault, GuestMemory, GuestRange, Region};
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;

/// Size of a page.
pub const PAGE: u64 = 4096;

/// How many pages a program has.
pub const PAGES: u64 = 32;

/// The lowest address of the program's memory. Not at a boundary of 4 GiB, so that a pointer that is cut to 32
/// bits is noticed.
pub const BASE: u64 = 0x7654_3210_0000;

/// What may be done with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Everything.
    ReadWrite,
    /// Only reading.
    ReadOnly,
    /// Nothing: no page is there.
    Unmapped,
}

thread_local! {
    static WITHOUT_PROTECTION: Cell<bool> = const { Cell::new(false) };
}

/// Runs a check with the mistake that writing to a page that may only be read succeeds.
pub fn without_protection<T>(check: impl FnOnce() -> T) -> T {
    WITHOUT_PROTECTION.set(true);
    let result = check();
    WITHOUT_PROTECTION.set(false);
    result
}

/// The memory.
#[derive(Debug)]
pub struct TestMemory {
    bytes: RefCell<Vec<u8>>,
    protections: RefCell<Vec<Protection>>,
    written: RefCell<Vec<(u64, u8)>>,
}

impl TestMemory {
    /// Memory that is all there, filled with a pattern.
    pub fn new() -> Self {
        static PATTERN: OnceLock<Vec<u8>> = OnceLock::new();
        let pattern =
            PATTERN.get_or_init(|| (0..PAGES * PAGE).map(|offset| (offset % 251) as u8 ^ 0x5a).collect());
        TestMemory {
            bytes: RefCell::new(pattern.clone()),
            protections: RefCell::new(vec![Protection::ReadWrite; PAGES as usize]),
            written: RefCell::default(),
        }
    }

    /// Changes what may be done with the pages that hold a part of this range.
    pub fn protect(&self, address: u64, size: u64, protection: Protection) {
        let first = (address - BASE) / PAGE;
        let last = (address - BASE + size.max(1) - 1) / PAGE;
        for page in first..=last {
            self.protections.borrow_mut()[page as usize] = protection;
        }
    }

    /// All bytes that were written to, in the order of their addresses.
    pub fn written(&self) -> Vec<(u64, u8)> {
        let mut written = self.written.borrow().clone();
        written.sort_unstable();
        written
    }

    /// Puts bytes there, whatever the protection.
    pub fn put(&self, address: u64, bytes: &[u8]) {
        let start = (address - BASE) as usize;
        self.bytes.borrow_mut()[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn access(&self, range: GuestRange, size: usize, write: bool) -> Result<usize, Fault> {
        if !self.region().holds(range) || range.size() != size as u64 {
            return Err(Fault);
        }
        if range.is_empty() {
            return Ok(0);
        }
        let start = range.address() - BASE;
        for page in start / PAGE..=(start + range.size() - 1) / PAGE {
            match self.protections.borrow()[page as usize] {
                Protection::Unmapped => return Err(Fault),
                Protection::ReadOnly if write && !WITHOUT_PROTECTION.get() => return Err(Fault),
                Protection::ReadOnly | Protection::ReadWrite => {}
            }
        }
        Ok(start as usize)
    }
}

impl GuestMemory for TestMemory {
    fn region(&self) -> Region {
        Region::new(BASE, PAGES * PAGE).expect("it does not wrap")
    }

    fn copy_in(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault> {
        let start = self.access(from, to.len(), false)?;
        to.copy_from_slice(&self.bytes.borrow()[start..start + to.len()]);
        Ok(())
    }

    fn copy_out(&self, to: GuestRange, from: &[u8]) -> Result<(), Fault> {
        let start = self.access(to, from.len(), true)?;
        self.bytes.borrow_mut()[start..start + from.len()].copy_from_slice(from);
        let bytes = from.iter().enumerate().map(|(offset, byte)| (to.address() + offset as u64, *byte));
        self.written.borrow_mut().extend(bytes);
        Ok(())
    }

    fn probe_write(&self, range: GuestRange) -> Result<(), Fault> {
        self.access(range, range.size() as usize, true).map(drop)
    }
}
