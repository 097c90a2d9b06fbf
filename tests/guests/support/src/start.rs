//! What a program is started with.

use cloudabi_sys::{Auxtype, Auxv};

use crate::arguments::Value;

/// The auxiliary vector that the host made for this program.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    first: *const Auxv,
}

impl Start {
    /// # Safety
    ///
    /// `first` points to entries that end with one of type [`Auxtype::NULL`], that tell the truth, and that stay.
    pub(crate) unsafe fn new(first: *const Auxv) -> Self {
        Start { first }
    }

    /// The entries, without the one that ends them.
    pub fn entries(self) -> impl Iterator<Item = Auxv> {
        let mut next = self.first;
        core::iter::from_fn(move || {
            // SAFETY: the end has not been reached: see `new`.
            let entry = unsafe { next.read() };
            if entry.a_type == Auxtype::NULL {
                return None;
            }
            // SAFETY: this was not the last entry.
            next = unsafe { next.add(1) };
            Some(entry)
        })
    }

    /// The number that the entry of this type has.
    pub fn number(self, a_type: Auxtype) -> Option<usize> {
        self.entries().find(|entry| entry.a_type == a_type).map(|entry| entry.union.as_a_val())
    }

    /// The bytes to which the entry of the first type points, as many as the entry of the second one says.
    pub fn bytes(self, pointer: Auxtype, length: Auxtype) -> Option<&'static [u8]> {
        let length = self.number(length)?;
        let address = self.number(pointer)?;
        if length == 0 {
            return Some(&[]);
        }
        // SAFETY: the host says that so many bytes are there, for as long as the program runs.
        Some(unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(address), length) })
    }

    /// The argument data; null if the host gave none.
    pub fn arguments(self) -> Value<'static> {
        Value::new(self.bytes(Auxtype::ARGDATA, Auxtype::ARGDATALEN).unwrap_or_default())
    }

    /// Bytes in a page of memory.
    pub fn page_size(self) -> usize {
        self.number(Auxtype::PAGESZ).unwrap_or(4096)
    }
}
