#![no_std]
//! What programs for the ABI need that have no C library: an entry point that relocates the program, access to
//! the auxiliary vector and the argument data, output through a descriptor, memory functions, an allocator.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//!
//! guest::main!(|start| {
//!     let output = start.arguments().get("output").and_then(|value| value.descriptor());
//!     guest::print!(output, "hello\n");
//!     0
//! });
//! ```
//!
//! Threads are made with [`sync`]. Memory can be had by all of them; output keeps to one thread at a time.

extern crate alloc;

pub mod arguments;
mod entry;
mod heap;
// These two are those of the library for program authors. All else is not, so that a mistake there shows here.
#[path = "../../../../cloudabi/src/rt/memory/mod.rs"]
mod memory;
mod output;
#[path = "../../../../cloudabi/src/rt/relocate.rs"]
mod relocate;
mod start;
pub mod sync;

pub use arguments::Value;
use entry::begin;
pub use entry::exit;
pub use output::{Output, report_panics_to};
pub use start::Start;
