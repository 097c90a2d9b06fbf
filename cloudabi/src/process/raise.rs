//! Signals, and what identifies the process.

use cloudabi_sys::Signal;

use crate::io;

/// Sends a signal to the process itself. Most end it, some stop it, and some have no effect.
///
/// ```no_run
/// use cloudabi::process::{Signal, raise};
///
/// # fn main() -> cloudabi::io::Result<()> {
/// raise(Signal::STOP)
/// # }
/// ```
///
/// # Errors
///
/// If there is no such signal.
pub fn raise(signal: Signal) -> io::Result<()> {
    // SAFETY: the call changes nothing of the program's.
    Ok(unsafe { cloudabi_sys::proc_raise(signal) }?)
}

/// What identifies the process: a UUID of version 4, which the host made when the program started. Copies that
/// [`fork`](super::fork()) makes have the same one. `None` if the host gave none.
///
/// ```
/// let id: Option<[u8; 16]> = cloudabi::process::id();
/// ```
pub fn id() -> Option<[u8; 16]> {
    crate::start::process_id()
}
