//! Points on a clock that only goes forward.

use core::ops::{Add, AddAssign, Sub, SubAssign};

use cloudabi_sys::{Clockid, Timestamp};

use super::{Duration, nanoseconds, now};

/// A point on a clock that only goes forward and that nobody can set. Only differences mean something.
///
/// ```no_run
/// use cloudabi::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let deadline = start + Duration::from_secs(1);
/// assert!(start.elapsed() < Duration::from_secs(1) || Instant::now() >= deadline);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Timestamp);

impl Instant {
    /// Now.
    ///
    /// ```no_run
    /// # use cloudabi::time::{Duration, Instant};
    /// let deadline = Instant::now() + Duration::from_secs(1);
    /// ```
    ///
    /// # Panics
    ///
    /// If the host has no such clock.
    pub fn now() -> Instant {
        match now(Clockid::MONOTONIC) {
            Ok(time) => Instant(time),
            Err(error) => panic!("there is no clock: {error}"),
        }
    }

    /// How much time has passed since.
    ///
    /// ```no_run
    /// # use cloudabi::time::{Duration, Instant};
    /// fn measure(work: impl FnOnce()) -> Duration {
    ///     let start = Instant::now();
    ///     work();
    ///     start.elapsed()
    /// }
    /// ```
    pub fn elapsed(&self) -> Duration {
        Instant::now() - *self
    }

    /// How much later this is than the other; nothing if it is earlier.
    ///
    /// ```no_run
    /// # use cloudabi::time::{Duration, Instant};
    /// let (first, second) = (Instant::now(), Instant::now());
    /// assert_eq!(first.duration_since(second), Duration::ZERO);
    /// ```
    pub const fn duration_since(&self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// So much later, if there is such a time.
    ///
    /// ```no_run
    /// # use cloudabi::time::{Duration, Instant};
    /// assert_eq!(Instant::now().checked_add(Duration::MAX), None);
    /// ```
    pub fn checked_add(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_add(u64::try_from(duration.as_nanos()).ok()?).map(Instant)
    }

    /// So much earlier, if there is such a time.
    ///
    /// ```no_run
    /// # use cloudabi::time::{Duration, Instant};
    /// assert_eq!(Instant::now().checked_sub(Duration::MAX), None);
    /// ```
    pub fn checked_sub(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_sub(u64::try_from(duration.as_nanos()).ok()?).map(Instant)
    }

    pub(crate) const fn to_timestamp(self) -> Timestamp {
        self.0
    }
}

/// The last time there is, if the duration leads beyond it: it never comes.
impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        Instant(self.0.saturating_add(nanoseconds(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// The first time there is, if the duration leads beyond it.
impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, duration: Duration) -> Instant {
        Instant(self.0.saturating_sub(nanoseconds(duration)))
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// Nothing if the other one is later.
impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_time() {
        let (first, last) = (Instant(0), Instant(u64::MAX));
        assert_eq!(first + Duration::MAX, last);
        assert_eq!(last - Duration::MAX, first);
        assert_eq!(first - last, Duration::ZERO);
        assert_eq!(last.checked_add(Duration::from_nanos(1)), None);
        assert_eq!(first.checked_sub(Duration::from_nanos(1)), None);
        assert_eq!(first.checked_add(Duration::from_nanos(7)), Some(Instant(7)));
    }
}
