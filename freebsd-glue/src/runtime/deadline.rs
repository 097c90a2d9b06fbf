//! Points in time that a call waits for at most, as FreeBSD takes them.

use cloudabi_host::deadline::{Moment, SECOND};
use cloudabi_host::types::{Clockid, Errno, SubscriptionClock, Timestamp};

use super::clocks;

/// When a subscription of a clock gives its event: [`Moment::of`].
///
/// # Errors
/// As there. Clocks of processor time cannot be waited for.
pub fn of(subscription: &SubscriptionClock) -> Result<Option<Moment>, Errno> {
    let waits = |clock| [Clockid::MONOTONIC, Clockid::REALTIME].contains(&clock);
    Moment::of(subscription, waits, now)
}

/// The time of a clock in nanoseconds. A time before 1970 comes before all that can be waited for.
pub fn now(clock: Clockid) -> Timestamp {
    clocks::time(clock).unwrap_or(0)
}

/// Whether it has come.
pub fn has_passed(moment: Moment) -> bool {
    now(moment.clock) >= moment.at
}

/// A number of nanoseconds, of at most 63 bits, as the kernel takes it.
pub fn timespec(nanoseconds: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (nanoseconds / SECOND).cast_signed(),
        tv_nsec: (nanoseconds % SECOND).cast_signed(),
    }
}
