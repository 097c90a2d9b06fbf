//! `clock_res_get` and `clock_time_get`.

use cloudabi_host::deadline::nanoseconds;
use cloudabi_host::types::{Clockid, Errno, Timestamp};

use super::last_error;
use crate::generated::clockid_to_host;

/// A clock function of the C library's: clock_gettime(2) or clock_getres(2).
type Ask = unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> libc::c_int;

/// `clock_res_get`
///
/// # Errors
/// [`Errno::INVAL`] if there is no such clock.
pub fn resolution(clock: Clockid) -> Result<Timestamp, Errno> {
    // What is finer than a nanosecond counts as one.
    Ok(ask(libc::clock_getres, clock)?.ok_or(Errno::INVAL)?.max(1))
}

/// `clock_time_get`
///
/// # Errors
/// [`Errno::INVAL`] if there is no such clock, [`Errno::OVERFLOW`] if its time does not fit.
pub fn time(clock: Clockid) -> Result<Timestamp, Errno> {
    ask(libc::clock_gettime, clock)?.ok_or(Errno::OVERFLOW)
}

/// Nanoseconds; `None` if there are more than fit, or fewer than none.
fn ask(function: Ask, clock: Clockid) -> Result<Option<Timestamp>, Errno> {
    let clock = clockid_to_host(clock).map_err(|_| Errno::INVAL)?;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the function writes to the structure it is given.
    if unsafe { function(clock, &raw mut time) } != 0 {
        return Err(last_error());
    }
    Ok(nanoseconds(time.tv_sec, time.tv_nsec))
}
