//! Points in time as people have them.

use core::ops::{Add, Sub};

use cloudabi_sys::{Clockid, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Duration, nanoseconds, now};

/// A point in time between 1970 and July 2554, to the nanosecond.
///
/// As an argument it is a timestamp.
///
/// ```
/// use cloudabi::time::{Duration, SystemTime};
///
/// let time = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
/// assert_eq!(time.duration_since_epoch(), Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTime(Timestamp);

impl SystemTime {
    /// 1970-01-01T00:00:00Z.
    ///
    /// ```
    /// # use cloudabi::time::{Duration, SystemTime};
    /// assert_eq!(SystemTime::UNIX_EPOCH.to_timestamp(), 0);
    /// ```
    pub const UNIX_EPOCH: SystemTime = SystemTime(0);

    /// Now. The clock may be set, so that time can also go backwards.
    ///
    /// ```no_run
    /// let seconds = cloudabi::time::SystemTime::now().duration_since_epoch().as_secs();
    /// ```
    ///
    /// # Panics
    ///
    /// If the host has no such clock.
    pub fn now() -> SystemTime {
        match now(Clockid::REALTIME) {
            Ok(time) => SystemTime(time),
            Err(error) => panic!("there is no clock: {error}"),
        }
    }

    /// So many nanoseconds after 1970-01-01T00:00:00Z, without leap seconds.
    ///
    /// ```
    /// # use cloudabi::time::{Duration, SystemTime};
    /// let time = SystemTime::from_timestamp(1_000_000_000);
    /// assert_eq!(time, SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    /// ```
    pub const fn from_timestamp(timestamp: Timestamp) -> Self {
        SystemTime(timestamp)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
    ///
    /// ```
    /// # use cloudabi::time::{Duration, SystemTime};
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    /// assert_eq!(time.to_timestamp(), 1_000_000_000);
    /// ```
    pub const fn to_timestamp(self) -> Timestamp {
        self.0
    }

    /// The time since 1970-01-01T00:00:00Z, without leap seconds.
    ///
    /// ```
    /// # use cloudabi::time::{Duration, SystemTime};
    /// assert_eq!(SystemTime::from_timestamp(5).duration_since_epoch(), Duration::from_nanos(5));
    /// ```
    pub const fn duration_since_epoch(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// How much later this is than the other; `None` if it is earlier.
    ///
    /// ```
    /// # use cloudabi::time::{Duration, SystemTime};
    /// let (early, late) = (SystemTime::from_timestamp(1), SystemTime::from_timestamp(3));
    /// assert_eq!(late.duration_since(early), Some(Duration::from_nanos(2)));
    /// assert_eq!(early.duration_since(late), None);
    /// ```
    pub const fn duration_since(self, earlier: SystemTime) -> Option<Duration> {
        match self.0.checked_sub(earlier.0) {
            Some(difference) => Some(Duration::from_nanos(difference)),
            None => None,
        }
    }
}

/// The last time there is, if the duration leads beyond it.
impl Add<Duration> for SystemTime {
    type Output = SystemTime;

    fn add(self, duration: Duration) -> SystemTime {
        SystemTime(self.0.saturating_add(nanoseconds(duration)))
    }
}

/// The first time there is, if the duration leads beyond it.
impl Sub<Duration> for SystemTime {
    type Output = SystemTime;

    fn sub(self, duration: Duration) -> SystemTime {
        SystemTime(self.0.saturating_sub(nanoseconds(duration)))
    }
}

impl<'de> Deserialize<'de> for SystemTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = cloudabi_argdata::Timestamp::deserialize(deserializer)?;
        let time = Timestamp::try_from(time.0);
        time.map(SystemTime).map_err(|_| D::Error::custom("a time before 1970 or after July 2554"))
    }
}

impl Serialize for SystemTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        cloudabi_argdata::Timestamp(self.0.into()).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_through_argument_data() {
        let time = SystemTime::from_timestamp(1_000_000_000);
        let bytes = cloudabi_argdata::to_bytes(&time).expect("it is a timestamp");
        assert_eq!(bytes, b"\x09\x3b\x9a\xca\0");
        assert_eq!(cloudabi_argdata::from_bytes::<SystemTime>(&bytes), Ok(time));
        let error = cloudabi_argdata::from_bytes::<SystemTime>(b"\x09\xff").expect_err("before 1970");
        assert!(error.to_string().contains("before 1970"), "{error}");
    }

    use alloc::string::ToString as _;
}
