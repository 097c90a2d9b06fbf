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
mod memory;
mod output;
mod start;
pub mod sync;

pub use arguments::Value;
pub use entry::exit;
pub use output::{Output, report_panics_to};
pub use start::Start;
