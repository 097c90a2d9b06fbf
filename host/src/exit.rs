//! How threads and processes end.

use crate::types::{Exitcode, Scope};

/// How a thread or the process ends, for hosts whose threads are theirs to end.
#[derive(Clone, Copy, Debug)]
pub enum Exit {
    /// The process ends, with this exit code.
    Process(Exitcode),
    /// The thread ends, and releases a lock.
    Thread {
        /// Address of the lock.
        lock: u64,
        /// Who shares it.
        scope: Scope,
    },
    /// The process ends as if the program had touched memory that is not its own.
    Fault,
}
