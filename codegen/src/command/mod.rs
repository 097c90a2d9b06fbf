//! The commands: reading definitions, writing products, comparing, and saying what happened.
//!
//! This is the only part of the library that touches files. Both the `cloudabi-codegen` program and this
//! repository's `cargo xtask` are made of it.

mod cli;
mod definition;
mod diff;
mod generate;
mod output;

pub use cli::run;
pub use definition::{Failure, load_definition, read_definition};
pub use diff::{Compared, compare_locks, load_lock, lock_of, print_changes};
pub use generate::{Generated, GeneratedFile, Options, Plan, emit_all};
pub use output::{FileChange, color_wanted, print_text, unified_diff, write_file};
