//! What tests share that hold generated files against other people's tools: finding the tool, or saying by
//! name which test did without it; running it with a message that explains a failure; a scratch folder;
//! and the programs that hosts run, with the command that runs them.
//!
//! A missing tool must never make a test pass silently. [`tool`] and its relatives record `TEST: lacks
//! TOOL` in the file named by `CLOUDABI_SKIP_REPORT` (`cargo xtask test` prints it at its end), and
//! where the environment has `CI=true` they fail the test instead.
//!
//! ```no_run
//! # use cloudabi_test_support::{scratch, tool};
//! let Some(clang) = tool(&["clang", "clang-16"], "headers compile") else { return };
//! let folder = scratch();
//! let source = folder.write("a.c", "int a;\n");
//! clang.run(["-fsyntax-only".as_ref(), source.as_os_str()]);
//! ```

mod command;
mod definition;
mod find;
mod guests;
mod scratch;
pub mod trace;

pub use command::{Captured, run, run_expecting_failure};
pub use definition::{own_definition, read_definition};
pub use find::{Finder, Tool, any_path, missing, python_module, tool};
pub use guests::{guest, runner};
pub use scratch::{Scratch, scratch};
