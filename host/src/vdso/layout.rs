//! What is where in the image: one part behind the other, as in the file so in memory.

use super::unwind;
use crate::table::{CALLS, SYMBOL_PREFIX};

/// Symbols: one per call, and the undefined one that every table begins with.
pub(super) const SYMBOLS: usize = {
    let mut count = 1;
    let mut number = 0;
    while number < CALLS.len() {
        if CALLS[number].is_some() {
            count += 1;
        }
        number += 1;
    }
    count
};

/// Functions: one per call, and the quick clock, which shares its symbol with a stub.
pub(super) const FUNCTIONS: usize = SYMBOLS;

/// Chains of the hash table.
pub(super) const BUCKETS: usize = SYMBOLS;

/// Bytes of all names, each with a zero behind it, and the empty name.
const STRING_BYTES: usize = {
    let mut size = 1;
    let mut number = 0;
    while number < CALLS.len() {
        if let Some(call) = &CALLS[number] {
            size += SYMBOL_PREFIX.len() + call.name.len() + 1;
        }
        number += 1;
    }
    size
};

/// Sizes of entries (ELF-64 object file format).
pub(super) const HEADER: usize = 64;
pub(super) const PROGRAM_HEADER: usize = 56;
pub(super) const SYMBOL: usize = 24;
pub(super) const DYNAMIC_ENTRY: usize = 16;
pub(super) const SECTION_HEADER: usize = 64;

/// Numbers of entries.
pub(super) const PROGRAM_HEADERS: usize = 3;
pub(super) const DYNAMIC_ENTRIES: usize = 6;
pub(super) const SECTION_HEADERS: usize = 9;

/// Names of the sections, and where in them each begins.
pub(super) const SECTION_NAMES: &[u8] =
    b"\0.hash\0.dynsym\0.dynstr\0.dynamic\0.eh_frame_hdr\0.eh_frame\0.text\0.shstrtab\0";

/// A part of the image.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub at: usize,
    pub size: usize,
}

impl Part {
    /// The part that follows, at a multiple of `alignment`.
    const fn then(self, alignment: usize, size: usize) -> Part {
        Part { at: (self.at + self.size).next_multiple_of(alignment), size }
    }
}

pub(super) const PROGRAM_HEADER_TABLE: Part = Part { at: HEADER, size: PROGRAM_HEADERS * PROGRAM_HEADER };
pub(super) const HASH: Part = PROGRAM_HEADER_TABLE.then(8, 4 * (2 + BUCKETS + SYMBOLS));
pub(super) const SYMBOL_TABLE: Part = HASH.then(8, SYMBOLS * SYMBOL);
pub(super) const STRINGS: Part = SYMBOL_TABLE.then(1, STRING_BYTES);
pub(super) const DYNAMIC: Part = STRINGS.then(8, DYNAMIC_ENTRIES * DYNAMIC_ENTRY);
pub(super) const UNWIND_HEADER: Part = DYNAMIC.then(4, unwind::HEADER + FUNCTIONS * unwind::HEADER_ENTRY);
pub(super) const UNWIND: Part =
    UNWIND_HEADER.then(8, unwind::COMMON + FUNCTIONS * unwind::ENTRY + unwind::TERMINATOR);
pub(super) const SECTION_TABLE: Part = UNWIND.then(8, SECTION_HEADERS * SECTION_HEADER);
pub(super) const SECTION_STRINGS: Part = SECTION_TABLE.then(1, SECTION_NAMES.len());

/// Where the code begins, on a cache line as in the host.
pub(super) const CODE: usize = SECTION_STRINGS.then(64, 0).at;

/// Where a function's unwind entry is.
pub(super) const fn unwind_entry(function: usize) -> usize {
    UNWIND.at + unwind::COMMON + function * unwind::ENTRY
}
