//! Waiting for several things at once: descriptors that become ready, points in time, processes that end.
//!
//! The ABI combines a lock or a condition variable with one clock and nothing else, and gives the lock to the thread with
//! the event. So they are waited for by methods of their own, each of which is one such call, with any of the clocks:
//! [`Mutex::lock_until`](crate::sync::Mutex::lock_until), [`RwLock::read_until`](crate::sync::RwLock::read_until),
//! [`RwLock::write_until`](crate::sync::RwLock::write_until), [`Condvar::wait_until`](crate::sync::Condvar::wait_until).

mod event;
mod interest;

pub use event::{Event, Happening};
pub use interest::Interest;

use alloc::vec::Vec;

use cloudabi_sys::Subscription;

use crate::io;

/// Waits until at least one of these happens. Gives all that have; their order means nothing.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::net::Stream;
/// use cloudabi::poll::{Happening, Interest, poll};
/// use cloudabi::time::Duration;
///
/// /// Whether something comes within a second.
/// fn wait(socket: &Stream) -> io::Result<bool> {
///     let events = poll(&[Interest::readable(socket, 1), Interest::after(Duration::from_secs(1), 2)])?;
///     Ok(events.iter().any(|event| event.token == 1))
/// }
/// ```
///
/// Without anything to wait for it returns at once.
///
/// # Errors
///
/// If the host has no memory for so many. What is wrong with one of them is told by its event.
pub fn poll(interests: &[Interest<'_>]) -> io::Result<Vec<Event>> {
    let subscriptions: Vec<Subscription> = interests.iter().map(|interest| interest.to_raw()).collect();
    let mut events = Vec::with_capacity(subscriptions.len());
    let room = &mut events.spare_capacity_mut()[..subscriptions.len()];
    // SAFETY: there is room for as many events as there are subscriptions, and the descriptors are open.
    let count = unsafe { cloudabi_sys::poll(&subscriptions, room) }?;
    // SAFETY: the host has written so many.
    unsafe { events.set_len(count.min(subscriptions.len())) };
    Ok(events.into_iter().map(Event::from_raw).collect())
}
