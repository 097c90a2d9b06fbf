//! `poll`

use cloudabi_host::memory::{GuestMemory as _, GuestSlice, GuestSliceMut};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::types::{Errno, Event, Eventtype, Subscription};

use super::deadline::Deadline;
use super::{Thread, locks};

/// `poll`. So far for a lock or a condition variable, alone or with a clock, and for a clock alone.
pub fn poll(
    thread: &Thread,
    subscriptions: GuestSlice<Subscription>,
    events: GuestSliceMut<Event>,
) -> Result<u64, Errno> {
    let memory = thread.memory();
    // A lock that is taken must not get lost because the program cannot be told.
    memory.probe_write(events.range())?;
    let Some(first) = subscriptions.get(0) else { return Ok(0) };
    let first = first.load(memory)?;
    let event = match (first.r#type, subscriptions.len()) {
        (Eventtype::CONDVAR | Eventtype::LOCK_RDLOCK | Eventtype::LOCK_WRLOCK, 1) => {
            locks::wait(thread, &[first])
        }
        (Eventtype::CONDVAR | Eventtype::LOCK_RDLOCK | Eventtype::LOCK_WRLOCK, 2) => {
            let second = subscriptions.get(1).ok_or(Errno::INVAL)?.load(memory)?;
            locks::wait(thread, &[first, second])
        }
        (Eventtype::CLOCK, 1) => Ok(sleep(&first)),
        _ => Err(Errno::INVAL),
    }?;
    events.store(memory, &[event])?;
    Ok(1)
}

/// Waits for a clock.
fn sleep(subscription: &Subscription) -> Event {
    let error = match Deadline::of(&subscription.union.as_clock()) {
        Ok(Some(deadline)) => {
            deadline.sleep();
            Errno::SUCCESS
        }
        Ok(None) => loop {
            std::thread::park();
        },
        Err(error) => error,
    };
    Event { userdata: subscription.userdata, r#type: subscription.r#type, error, ..Event::ZERO }
}
