//! Points in time that a call waits for at most.

use cloudabi_host::deadline::{Moment, SECOND};
use cloudabi_host::types::{Clockid, Errno, SubscriptionClock, Timestamp};
use rustix::fs::Timespec;
use rustix::thread::ClockId;

use super::{clocks, stop};
use crate::generated::timer_clock_to_host;

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
        let waits = |clock| timer_clock_to_host(clock).is_ok();
        let moment = Moment::of(subscription, waits, |clock| clocks::time(clock).unwrap_or(0))?;
        Ok(moment.map(|Moment { clock, at }| match clock {
            Clockid::REALTIME => Deadline { clock: Clock::Realtime, at },
            _ => Deadline { clock: Clock::Monotonic, at },
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

#[cfg(test)]
mod tests {
    use super::*;
    use cloudabi_host::types::Subclockflags;

    fn clock(clock_id: Clockid, timeout: u64, flags: Subclockflags) -> SubscriptionClock {
        SubscriptionClock { clock_id, timeout, flags, ..SubscriptionClock::ZERO }
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
