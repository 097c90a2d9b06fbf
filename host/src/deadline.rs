//! Points in time that a call waits for at most, as far as no system matters.

use crate::types::{Clockid, Errno, Subclockflags, SubscriptionClock, Timestamp};

/// Nanoseconds of a second.
pub const SECOND: u64 = 1_000_000_000;

/// A time of a clock that can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// [`Clockid::REALTIME`] only if setting that clock is to be noticed; [`Clockid::MONOTONIC`] otherwise.
    pub clock: Clockid,
    /// Its time in nanoseconds, which fits into 63 bits.
    pub at: Timestamp,
}

impl Moment {
    /// When a subscription of a clock gives its event; `None` if never. To be asked when the call begins: from then on
    /// durations count.
    ///
    /// As far as the subscription's precision allows, moments of different threads are made to be the same, so that the
    /// processor wakes up once for all of them.
    ///
    /// `waits` says whether the host can wait for a clock, and `now` tells the time of one that it can.
    ///
    /// # Errors
    /// [`Errno::INVAL`] for a clock or flags that are not defined, [`Errno::NOTSUP`] for a clock that the host cannot wait
    /// for.
    pub fn of(
        subscription: &SubscriptionClock,
        waits: impl FnOnce(Clockid) -> bool,
        now: impl Fn(Clockid) -> Timestamp,
    ) -> Result<Option<Moment>, Errno> {
        let SubscriptionClock { clock_id, timeout, precision, flags, .. } = *subscription;
        if !clock_id.is_defined() || !flags.is_defined() {
            return Err(Errno::INVAL);
        }
        if !waits(clock_id) {
            return Err(Errno::NOTSUP);
        }
        let (clock, at) = if flags.contains(Subclockflags::ABSTIME) {
            let realtime = clock_id == Clockid::REALTIME;
            (if realtime { Clockid::REALTIME } else { Clockid::MONOTONIC }, Some(timeout))
        } else {
            // Setting a clock does not change a duration.
            (Clockid::MONOTONIC, now(Clockid::MONOTONIC).checked_add(timeout))
        };
        // Systems count nanoseconds in 63 bits.
        let at = at.filter(|at| i64::try_from(*at).is_ok());
        Ok(at.map(|at| {
            // What has come already is not put off.
            let at = if now(clock) >= at { at } else { coalesced(at, precision) };
            Moment { clock, at }
        }))
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

/// A time as one number of nanoseconds, if it has one.
pub fn nanoseconds(seconds: i64, nanoseconds: i64) -> Option<Timestamp> {
    let whole = u64::try_from(seconds).ok()?.checked_mul(SECOND)?;
    whole.checked_add(u64::try_from(nanoseconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = 1000;

    fn of(subscription: SubscriptionClock) -> Result<Option<Moment>, Errno> {
        let waits = |clock| [Clockid::MONOTONIC, Clockid::REALTIME].contains(&clock);
        Moment::of(&subscription, waits, |_| NOW)
    }

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
    fn what_clocks_are_waited_for() {
        let (relative, absolute) = (Subclockflags::empty(), Subclockflags::ABSTIME);
        let moment = |clock, at| Ok(Some(Moment { clock, at }));
        assert_eq!(of(clock(Clockid::REALTIME, 5, absolute)), moment(Clockid::REALTIME, 5));
        assert_eq!(of(clock(Clockid::MONOTONIC, 2000, absolute)), moment(Clockid::MONOTONIC, 2000));
        assert_eq!(of(clock(Clockid::REALTIME, 5, relative)), moment(Clockid::MONOTONIC, 1005));
        let careless = |clock| SubscriptionClock { precision: u64::MAX, ..clock };
        assert_eq!(of(careless(clock(Clockid::REALTIME, 5, absolute))), moment(Clockid::REALTIME, 5));
        assert_eq!(of(careless(clock(Clockid::MONOTONIC, 0, relative))), moment(Clockid::MONOTONIC, NOW));
        for never in [relative, absolute] {
            assert_eq!(of(clock(Clockid::MONOTONIC, u64::MAX, never)), Ok(None));
        }
        assert_eq!(of(clock(Clockid::MONOTONIC, 5, Subclockflags(2))), Err(Errno::INVAL));
        assert_eq!(of(clock(Clockid(77), 5, relative)), Err(Errno::INVAL));
        assert_eq!(of(clock(Clockid::THREAD_CPUTIME_ID, 5, relative)), Err(Errno::NOTSUP));
    }

    #[test]
    fn times_that_do_not_fit_are_none() {
        assert_eq!(nanoseconds(18_446_744_073, 709_551_615), Some(u64::MAX));
        assert_eq!(nanoseconds(18_446_744_073, 709_551_616), None);
        assert_eq!(nanoseconds(i64::MAX, 0), None);
        assert_eq!(nanoseconds(-1, 0), None);
    }
}
