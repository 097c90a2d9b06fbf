//! What clocks say.

use cloudabi_sys::{Clockid, Timestamp};

use super::Duration;
use crate::io;

/// What this clock says.
pub(crate) fn now(clock: Clockid) -> io::Result<Timestamp> {
    // SAFETY: the call changes nothing of the program's.
    Ok(unsafe { cloudabi_sys::clock_time_get(clock, 1) }?)
}

/// The processor time that all threads of the process have used together.
///
/// ```no_run
/// # fn main() -> cloudabi::io::Result<()> {
/// let before = cloudabi::time::process_time()?;
/// let used = cloudabi::time::process_time()? - before;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the host has no such clock.
pub fn process_time() -> io::Result<Duration> {
    now(Clockid::PROCESS_CPUTIME_ID).map(Duration::from_nanos)
}

/// The processor time that the calling thread has used.
///
/// ```no_run
/// # fn main() -> cloudabi::io::Result<()> {
/// let used = cloudabi::time::thread_time()?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the host has no such clock.
pub fn thread_time() -> io::Result<Duration> {
    now(Clockid::THREAD_CPUTIME_ID).map(Duration::from_nanos)
}

/// How finely a clock counts.
///
/// ```no_run
/// # fn main() -> cloudabi::io::Result<()> {
/// let tick = cloudabi::time::resolution(cloudabi_sys::Clockid::MONOTONIC)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the host has no such clock.
pub fn resolution(clock: Clockid) -> io::Result<Duration> {
    // SAFETY: the call changes nothing of the program's.
    Ok(Duration::from_nanos(unsafe { cloudabi_sys::clock_res_get(clock) }?))
}
