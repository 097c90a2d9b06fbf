//! Waiting for a clock.

use core::mem::MaybeUninit;

use cloudabi_sys::{Clockid, Event, Subclockflags, Subscription, SubscriptionClock, Timestamp};

use super::{Duration, Instant, nanoseconds};

/// Puts the thread to sleep for this long, at least.
///
/// ```no_run
/// cloudabi::time::sleep(core::time::Duration::from_millis(10));
/// ```
///
/// # Panics
///
/// If the host cannot wait.
pub fn sleep(duration: Duration) {
    wait(nanoseconds(duration), Subclockflags::empty());
}

/// Puts the thread to sleep until this time.
///
/// ```no_run
/// use cloudabi::time::{Duration, Instant, sleep_until};
///
/// let mut next = Instant::now();
/// loop {
///     next += Duration::from_secs(1);
///     sleep_until(next);
/// }
/// ```
///
/// # Panics
///
/// If the host cannot wait.
pub fn sleep_until(deadline: Instant) {
    wait(deadline.to_timestamp(), Subclockflags::ABSTIME);
}

fn wait(timeout: Timestamp, flags: Subclockflags) {
    let clock = SubscriptionClock { clock_id: Clockid::MONOTONIC, timeout, flags, ..SubscriptionClock::ZERO };
    let mut events = [MaybeUninit::<Event>::uninit()];
    // SAFETY: there is room for one event.
    let waited = unsafe { cloudabi_sys::poll(&[Subscription::ZERO.with_clock(clock)], &mut events) };
    assert!(waited == Ok(1), "the host cannot wait");
}
