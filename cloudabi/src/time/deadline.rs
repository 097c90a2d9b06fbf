//! Points at which waiting ends.

use cloudabi_sys::{Clockid, Timestamp};

use super::{Instant, SystemTime};

/// A point on one of the clocks, at which waiting for a lock or a condition variable ends: an [`Instant`], or a
/// [`SystemTime`], which follows when somebody sets the clock.
///
/// ```no_run
/// use cloudabi::sync::Mutex;
/// use cloudabi::time::{Deadline, Duration, Instant, SystemTime};
///
/// fn is_free_before(mutex: &Mutex<u32>, deadline: impl Into<Deadline>) -> bool {
///     mutex.lock_until(deadline).is_some()
/// }
///
/// fn is_free_soon(mutex: &Mutex<u32>) -> bool {
///     is_free_before(mutex, Instant::now() + Duration::from_secs(1))
/// }
///
/// fn is_free_in_time(mutex: &Mutex<u32>, appointment: SystemTime) -> bool {
///     is_free_before(mutex, appointment)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub(crate) clock: Clockid,
    pub(crate) time: Timestamp,
}

impl From<Instant> for Deadline {
    fn from(instant: Instant) -> Self {
        Deadline { clock: Clockid::MONOTONIC, time: instant.to_timestamp() }
    }
}

impl From<SystemTime> for Deadline {
    fn from(time: SystemTime) -> Self {
        Deadline { clock: Clockid::REALTIME, time: time.to_timestamp() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_stays_with_its_clock() {
        let time = SystemTime::from_timestamp(7);
        assert_eq!(Deadline::from(time), Deadline { clock: Clockid::REALTIME, time: 7 });
    }
}
