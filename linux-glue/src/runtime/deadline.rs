//! Points in time that a call waits for at most.

use std::time::Duration;

use cloudabi_host::types::{Clockid, Errno, Subclockflags, SubscriptionClock, Timestamp};
use rustix::fs::Timespec;
use rustix::thread::ClockId;

use super::{clocks, stop};
use crate::generated::timer_clock_to_host;

const SECOND: u64 = Duration::from_secs(1).as_nanos() as u64;

/// A time of one of the clocks that Linux can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The clock. It is the realtime clock only if setting that clock is to be noticed.
    pub clock: Clock,
    /// Its time in nanoseconds.
    pub at: Timestamp,
}

/// A clock that Linux can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// `CLOCK_MONOTONIC`
    Monotonic,
    /// `CLOCK_REALTIME`
    Realtime,
}

impl Clock {
    const fn abi(self) -> Clockid {
        match self {
            Clock::Monotonic => Clockid::MONOTONIC,
            Clock::Realtime => Clockid::REALTIME,
        }
    }

    /// Its time in nanoseconds.
    pub fn now(self) -> Timestamp {
        // A time before 1970 comes before all that can be waited for.
        clocks::time(self.abi()).unwrap_or(0)
    }

    const fn host(self) -> ClockId {
        match self {
            Clock::Monotonic => ClockId::Monotonic,
            Clock::Realtime => ClockId::Realtime,
        }
    }
}

impl Deadline {
    /// When a subscription of a clock gives its event; `None` if never. To be asked when the call begins: from then on
    /// durations count.
    ///
    /// As far as the subscription's precision allows, deadlines of different threads are made to be the same, so that the
    /// processor wakes up once for all of them.
    ///
    /// # Errors
    /// [`Errno::INVAL`] for a clock or flags that are not defined, [`Errno::NOTSUP`] for a clock of processor time.
    pub fn of(subscription: &SubscriptionClock) -> Result<Option<Deadline>, Errno> {
        let SubscriptionClock { clock_id, timeout, precision, flags, .. } = *subscription;
        if !clock_id.is_defined() || !flags.is_defined() {
            return Err(Errno::INVAL);
        }
        timer_clock_to_host(clock_id).map_err(|_| Errno::NOTSUP)?;
        let (clock, at) = if flags.contains(Subclockflags::ABSTIME) {
            let realtime = clock_id == Clockid::REALTIME;
            (if realtime { Clock::Realtime } else { Clock::Monotonic }, Some(timeout))
        } else {
            // Setting a clock does not change a duration.
            (Clock::Monotonic, clocks::time(Clockid::MONOTONIC).unwrap_or(0).checked_add(timeout))
        };
        // The kernel counts nanoseconds in 63 bits.
        let at = at.filter(|at| i64::try_from(*at).is_ok());
        Ok(at.map(|at| {
            let exact = Deadline { clock, at };
            // What has come already is not put off.
            if exact.has_passed() { exact } else { Deadline { clock, at: coalesced(at, precision) } }
        }))
    }

    /// A deadline, or so many nanoseconds from now if that is earlier.
    pub fn or_after(deadline: Option<Deadline>, duration: u64) -> Deadline {
        let after = Deadline { clock: Clock::Monotonic, at: Clock::Monotonic.now().saturating_add(duration) };
        let is_near = |deadline: &Deadline| deadline.at <= deadline.clock.now().saturating_add(duration);
        deadline.filter(is_near).unwrap_or(after)
    }

    /// Whether it has come.
    pub fn has_passed(self) -> bool {
        clocks::time(self.clock.abi()).is_ok_and(|now| now >= self.at)
    }

    /// As the kernel takes it.
    pub fn timespec(self) -> Timespec {
        // Both are small enough for signed numbers: the quotient is, and the remainder is below a second.
        Timespec { tv_sec: (self.at / SECOND) as _, tv_nsec: (self.at % SECOND) as _ }
    }

    /// Sleeps until it comes.
    pub fn sleep(self) {
        if self.has_passed() {
            return;
        }
        // A signal that stops the process and lets it go on does not end the wait; nothing else can go wrong.
        while let Err(rustix::io::Errno::INTR) =
            rustix::thread::clock_nanosleep_absolute(self.clock.host(), &self.timespec())
        {
            stop::interrupted();
        }
    }
}

/// The roundest number that is not before this time, and not later by more than the precision.
const fn coalesced(at: Timestamp, precision: Timestamp) -> Timestamp {
    // The largest power of two that can be rounded up to: it moves a number by one less than itself at most.
    let step = match precision.checked_add(1) {
        Some(most) => 1 << most.ilog2(),
        None => 1 << 63,
    };
    match at.checked_next_multiple_of(step) {
        Some(round) if round <= i64::MAX as u64 => round,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(clock_id: Clockid, timeout: u64, flags: Subclockflags) -> SubscriptionClock {
        SubscriptionClock { clock_id, timeout, flags, ..SubscriptionClock::ZERO }
    }

    #[test]
    fn rounding_stays_within_the_precision() {
        for at in [0, 1, 999, 1_000_000, u64::MAX / 2 - 1, 1 << 62, (1 << 62) + 1] {
            for precision in [0, 1, 2, 3, 1000, 4095, 4096, 1 << 40, u64::MAX] {
                let round = coalesced(at, precision);
                assert!(round >= at && round - at <= precision, "{at} {precision}: {round}");
            }
        }
        assert_eq!(coalesced(1001, 0), 1001);
        assert_eq!(coalesced(1_000_001, 1000), coalesced(1_000_300, 800));
    }

    #[test]
    fn the_earlier_one_is_taken() {
        const HOUR: u64 = 3600 * SECOND;
        for clock in [Clock::Monotonic, Clock::Realtime] {
            let [near, far] = [HOUR, 3 * HOUR].map(|duration| Deadline { clock, at: clock.now() + duration });
            assert_eq!(Deadline::or_after(Some(near), 2 * HOUR), near);
            let after = Deadline::or_after(Some(far), 2 * HOUR);
            assert_eq!(after.clock, Clock::Monotonic);
            assert!(after.at > Clock::Monotonic.now() + HOUR);
        }
        assert!(Deadline::or_after(None, HOUR).at <= Clock::Monotonic.now() + HOUR);
    }

    #[test]
    fn what_clocks_are_waited_for() {
        let of = |id, timeout, flags| Deadline::of(&clock(id, timeout, flags));
        let (relative, absolute) = (Subclockflags::empty(), Subclockflags::ABSTIME);
        assert_eq!(of(Clockid::REALTIME, 5, absolute), Ok(Some(Deadline { clock: Clock::Realtime, at: 5 })));
        let relative_to_now = of(Clockid::REALTIME, 5, relative).expect("a clock").expect("a time");
        assert_eq!(relative_to_now.clock, Clock::Monotonic);
        for at_once in [clock(Clockid::MONOTONIC, 0, relative), clock(Clockid::REALTIME, 5, absolute)] {
            let at_once = SubscriptionClock { precision: u64::MAX, ..at_once };
            assert!(Deadline::of(&at_once).expect("a clock").expect("a time").has_passed());
        }
        assert_eq!(of(Clockid::MONOTONIC, u64::MAX, relative), Ok(None));
        assert_eq!(of(Clockid::MONOTONIC, u64::MAX, absolute), Ok(None));
        assert_eq!(of(Clockid::MONOTONIC, 5, Subclockflags(2)), Err(Errno::INVAL));
        assert_eq!(of(Clockid(77), 5, relative), Err(Errno::INVAL));
        assert_eq!(of(Clockid::THREAD_CPUTIME_ID, 5, relative), Err(Errno::NOTSUP));
    }
}
