//! Prints calls and their results as `strace` would.
//!
//! ```
//! use cloudabi_host::decode::{Outcome, Record, WordSize, call};
//!
//! // A program's memory: here, a path at address 0x1000.
//! let memory = (0x1000, &b"etc/motd"[..]);
//! let record = Record {
//!     number: 30, // file_unlink
//!     arguments: &[3, 0x1000, 8, 1],
//!     outcome: Outcome::Returned(8),
//! };
//! let text = call(&memory, WordSize::Bits64, &record).to_string();
//! assert!(text.starts_with(r#"file_unlink(3, "etc/motd", 8, removedir) = badf (8"#));
//! ```
//!
//! The printer is a small interpreter of the generated tables. It believes nothing that a program passes:
//! memory that cannot be read is printed as its address, numbers without a name as numbers, and long
//! buffers and arrays are cut. It allocates nothing and needs no operating system.

mod filled;
#[rustfmt::skip]
mod generated;
mod memory;
mod numbers;
mod print;
pub mod tables;
mod values;

use core::fmt;
pub use generated::TABLES;
pub use memory::ReadMemory;
use tables::Tables;

/// How wide the program's pointers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordSize {
    /// A 32-bit program, whatever the host is.
    Bits32,
    /// A 64-bit program.
    Bits64,
}

/// How much is printed of what may be long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a buffer or path.
    pub bytes: u64,
    /// Elements of an array.
    pub elements: u64,
    /// Values altogether, so that arrays of arrays end, too.
    pub values: u32,
}

impl Default for Limits {
    /// 64 bytes, 16 elements, 1,000 values.
    fn default() -> Self {
        Limits { bytes: 64, elements: 16, values: 1000 }
    }
}

/// A call that a program made.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its number.
    pub number: u32,
    /// The arguments in the order of the C function, one slot each: inputs, then where each result goes.
    /// Bits of a slot beyond the argument's type are ignored. A structure passed by value takes as many
    /// slots as it needs, the first bytes lowest.
    pub arguments: &'a [u64],
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not returned, and perhaps never will.
    Pending,
    /// It has returned, and nobody knows with which result.
    Unknown,
    /// It returned this error number; 0 is success.
    Returned(u64),
}

/// A call in printable form, by the tables of the ABI and the usual limits.
///
/// Memory is read when it is printed. Results are read from where the call has put them, so print a call
/// that returned before the program runs on.
pub fn call<'a>(memory: &'a dyn ReadMemory, words: WordSize, record: &'a Record<'a>) -> Printed<'a> {
    Printed { tables: &TABLES, memory, words, record, limits: Limits::default() }
}

/// A call in printable form.
#[derive(Clone, Copy)]
pub struct Printed<'a> {
    /// What is known of calls and types.
    pub tables: &'a Tables,
    /// The program's memory.
    pub memory: &'a dyn ReadMemory,
    /// How wide the program's pointers are.
    pub words: WordSize,
    /// The call.
    pub record: &'a Record<'a>,
    /// How much of it is printed.
    pub limits: Limits,
}

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::call(self, print::Part::Whole, f)
    }
}

impl<'a> Printed<'a> {
    /// What can be printed of a call when it begins: its name and its inputs, up to the first one whose memory the call
    /// writes to. [`Printed::rest`] goes on from there when it has returned. What memory held is so printed before the
    /// call, which may change it, or have it unmapped.
    pub fn beginning(&self) -> impl fmt::Display + use<'a> {
        Piece { printed: *self, part: print::Part::Beginning }
    }

    /// What [`Printed::beginning`] leaves out.
    pub fn rest(&self) -> impl fmt::Display + use<'a> {
        Piece { printed: *self, part: print::Part::Rest }
    }
}

/// A part of a call in printable form.
struct Piece<'a> {
    printed: Printed<'a>,
    part: print::Part,
}

impl fmt::Display for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::call(&self.printed, self.part, f)
    }
}

impl fmt::Debug for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
