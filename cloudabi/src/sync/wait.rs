//! Waiting for a lock or a condition variable, for a while at most.

use core::mem::MaybeUninit;

use cloudabi_sys::{Clockid, Errno, Event, Subclockflags, Subscription, SubscriptionClock};

use crate::time::Deadline;

/// Waits for a lock or a condition variable, or for the deadline. Gives what came of it.
///
/// # Safety
///
/// The words that the subscription names are only accessed atomically, and stay meanwhile.
pub(crate) unsafe fn wait(subscription: Subscription, deadline: Option<Deadline>) -> Result<Event, Errno> {
    let Deadline { clock, time } = deadline.unwrap_or(Deadline { clock: Clockid::MONOTONIC, time: 0 });
    let clock = SubscriptionClock {
        clock_id: clock,
        timeout: time,
        flags: Subclockflags::ABSTIME,
        ..SubscriptionClock::ZERO
    };
    let subscriptions = [subscription, Subscription::ZERO.with_clock(clock)];
    let count = if deadline.is_some() { 2 } else { 1 };
    let mut events = [MaybeUninit::<Event>::uninit(); 2];
    // SAFETY: there is room for as many events as there are subscriptions; the caller says the rest.
    unsafe {
        cloudabi_sys::poll(&subscriptions[..count], &mut events[..count])?;
        // A lock or condition variable gives one event: its own or that of the clock.
        Ok(events[0].assume_init())
    }
}
