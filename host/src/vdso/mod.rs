//! The vDSO: the small ELF shared object through which a program reaches its host.
//!
//! The image is made from the generated emulation stubs, which are linked into the host and copied from there, and
//! from a quicker `clock_time_get` that stands before the stub of that name ([`FastClock`]). It is
//! position-independent, has one segment that is readable and executable, and is never written to once it is
//! mapped. Besides what programs look at (`DT_HASH`, `DT_SYMTAB`, `DT_STRTAB`) it has section headers and unwind
//! tables, for debuggers and the like.
//!
//! Stubs exist for x86-64 and aarch64, in files that assemblers of ELF systems read. Elsewhere there is no image:
//! [`Unavailable`].

mod bytes;
mod image;
mod last_call;
mod layout;
mod template;
#[cfg(test)]
mod tests;
mod unwind;

use crate::machine;
use crate::memory::Region;
use core::fmt;
use core::ops::Range;
pub use last_call::{WORDS, last_call};

/// How many of the ABI's clock ids, from 0 on, a [`FastClock`] can serve.
pub const CLOCKS: usize = 8;

/// Stands in [`FastClock::host_ids`] for a clock that the host's function does not serve.
pub const NO_CLOCK: i32 = -1;

/// What the image needs to tell the time without entering the kernel: the clock function of the vDSO that the
/// host's own kernel maps.
///
/// `clock_time_get` calls it on the program's stack. Everything unusual goes to the dispatch table's entry, as if
/// there were no such function: a clock that is not listed, an error, a time that does not fit, a result that would
/// not lie in the region, or that faults ([`fix_ups`]).
#[derive(Clone, Copy, Debug)]
pub struct FastClock {
    /// Address of a C function `int (int32_t clock, struct { int64_t seconds, nanoseconds; } *time)` that returns 0
    /// when it has stored the time. It must not use the thread word, and a few hundred bytes of stack must do.
    pub function: u64,
    /// The function's number for each of the ABI's clocks. [`NO_CLOCK`], like any negative number, leaves a
    /// clock to the dispatch table.
    pub host_ids: [i32; CLOCKS],
    /// Where the program may ask for the result to be stored.
    pub region: Region,
}

/// There are no stubs for this processor or system, so that no program can run in a process of the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no vDSO for programs on this processor and system")
    }
}

impl core::error::Error for Unavailable {}

/// Instructions of the image that may fault because of a bad address of the program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixUp {
    /// Where they are, in bytes from the beginning of the image.
    pub instructions: Range<u64>,
    /// Where the thread goes on after a fault, all registers unchanged, in bytes from the beginning of the image.
    pub landing: u64,
}

/// The image's bytes, to be mapped readable and executable at any multiple of the page size. What follows up to the
/// end of the last page should be zeros.
///
/// # Errors
/// [`Unavailable`] where there are no stubs.
pub fn build(clock: Option<&FastClock>) -> Result<Vec<u8>, Unavailable> {
    Ok(image::image(&machine::code().ok_or(Unavailable)?, clock))
}

/// The instructions of the image that may fault, for the host's fault handler. They are the same in every image
/// that [`build`] makes.
///
/// # Errors
/// [`Unavailable`] where there are no stubs.
pub fn fix_ups() -> Result<[FixUp; 1], Unavailable> {
    let code = machine::code().ok_or(Unavailable)?;
    let place = |offset: usize| (layout::CODE + offset) as u64;
    let instructions = place(code.clock_store.start)..place(code.clock_store.end);
    Ok([FixUp { instructions, landing: place(code.clock_landing) }])
}
