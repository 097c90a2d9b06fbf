//! What the tests keep behind descriptors: objects that know whether they were dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cloudabi_host::descriptors::{Guard, New, Object, RightsPair, Table};
use cloudabi_host::syscalls::NeededRights;
use cloudabi_host::types::{Errno, Fd, Rights};

/// Counts objects.
#[derive(Default)]
pub struct Ledger {
    pub made: AtomicUsize,
    pub dropped: AtomicUsize,
    /// How often an object was asked for the largest rights.
    pub asked: AtomicUsize,
}

impl Ledger {
    /// How many objects there are.
    pub fn alive(&self) -> usize {
        self.made.load(Ordering::SeqCst) - self.dropped.load(Ordering::SeqCst)
    }
}

pub struct Tracked {
    ledger: Arc<Ledger>,
    pub id: usize,
    largest: RightsPair,
    alive: AtomicBool,
}

impl Tracked {
    pub fn new(ledger: &Arc<Ledger>) -> Self {
        Self::with_largest(ledger, RightsPair::ALL)
    }

    pub fn with_largest(ledger: &Arc<Ledger>, largest: RightsPair) -> Self {
        let id = ledger.made.fetch_add(1, Ordering::SeqCst);
        Tracked { ledger: Arc::clone(ledger), id, largest, alive: AtomicBool::new(true) }
    }

    /// Panics if the object was dropped.
    pub fn touch(&self) -> usize {
        assert!(self.alive.load(Ordering::SeqCst), "object {} is used after its end", self.id);
        self.id
    }
}

impl Object for Tracked {
    fn largest_rights(&self) -> RightsPair {
        self.touch();
        self.ledger.asked.fetch_add(1, Ordering::SeqCst);
        self.largest
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        assert!(self.alive.swap(false, Ordering::SeqCst), "object {} is dropped twice", self.id);
        self.ledger.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// A pair of rights from small numbers, whose bits become the lowest rights.
pub const fn pair(base: u64, inheriting: u64) -> RightsPair {
    RightsPair { base: Rights::from_bits_retain(base), inheriting: Rights::from_bits_retain(inheriting) }
}

/// Looks up without asking for rights.
pub fn get(table: &Table<Tracked>, fd: Fd) -> Result<Guard<'_, Tracked>, Errno> {
    table.look_up(fd, NeededRights::NONE)
}

/// Opens a new object with these rights.
pub fn open(table: &Table<Tracked>, ledger: &Arc<Ledger>, rights: RightsPair) -> Fd {
    table
        .insert(New::settled(Tracked::new(ledger), rights))
        .map_err(|(_, error)| error)
        .expect("there is room")
}
