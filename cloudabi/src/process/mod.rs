//! The process itself: how it ends.

mod ending;
mod exit_code;
mod termination;

pub use ending::{abort, exit};
pub use exit_code::ExitCode;
pub use termination::Termination;
