//! Processes: making them, replacing their program, waiting for them, ending.
//!
//! A process that is made is held by a descriptor, [`Child`]. When the last one is closed, the process is killed. A new
//! program finds exactly the descriptors that its arguments name.

mod child;
mod ending;
mod exec;
mod exit_code;
mod exit_status;
mod fork;
mod raise;
mod spawn;
mod termination;

pub use child::Child;
pub use cloudabi_sys::Signal;
pub use ending::{abort, exit};
pub use exec::{Executable, exec};
pub use exit_code::ExitCode;
pub use exit_status::ExitStatus;
pub use fork::{Fork, fork};
pub use raise::{id, raise};
pub use spawn::spawn;
pub use termination::Termination;
