//! `clock_res_get`, and `clock_time_get` where the vDSO's own way does not serve.

pub use cloudabi_host::deadline::nanoseconds;
use cloudabi_host::memory::Region;
use cloudabi_host::types::{Clockid, Errno, Timestamp};
use cloudabi_host::vdso::{CLOCKS, FastClock, NO_CLOCK};

use super::host_vdso;
use crate::generated::{clockid_to_host, errno_from_host};

/// A clock function of the C library's: clock_gettime(2) or clock_getres(2).
type Ask = unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> libc::c_int;

/// `clock_res_get`
pub fn resolution(clock: Clockid) -> Result<Timestamp, Errno> {
    // What is finer than a nanosecond counts as one.
    Ok(ask(libc::clock_getres, clock)?.ok_or(Errno::INVAL)?.max(1))
}

/// `clock_time_get`
pub fn time(clock: Clockid) -> Result<Timestamp, Errno> {
    ask(libc::clock_gettime, clock)?.ok_or(Errno::OVERFLOW)
}

/// What the program's vDSO needs to tell the time by itself, for the clocks that the kernel's vDSO reads without entering
/// the kernel. Those of processor time are not among them.
pub fn fast(region: Region) -> Option<FastClock> {
    let function = host_vdso::clock_function()?;
    let mut host_ids = [NO_CLOCK; CLOCKS];
    for clock in [Clockid::MONOTONIC, Clockid::REALTIME] {
        if let (Some(id), Ok(host)) = (host_ids.get_mut(clock.0 as usize), clockid_to_host(clock)) {
            *id = host;
        }
    }
    Some(FastClock { function, host_ids, region })
}

/// Nanoseconds; `None` if there are more than fit, or fewer than none.
fn ask(function: Ask, clock: Clockid) -> Result<Option<Timestamp>, Errno> {
    let clock = clockid_to_host(clock).map_err(|_| Errno::INVAL)?;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the function writes to the structure it is given.
    if unsafe { function(clock, &raw mut time) } != 0 {
        return Err(errno_from_host(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)));
    }
    Ok(nanoseconds(time.tv_sec, time.tv_nsec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_tick_finely_and_forwards() {
        for clock in
            [Clockid::MONOTONIC, Clockid::PROCESS_CPUTIME_ID, Clockid::REALTIME, Clockid::THREAD_CPUTIME_ID]
        {
            let before = time(clock).expect("a clock that exists");
            assert!(resolution(clock).expect("a clock that exists") >= 1);
            assert!(time(clock).expect("a clock that exists") >= before);
        }
        assert_eq!(time(Clockid(99)), Err(Errno::INVAL));
    }
}
