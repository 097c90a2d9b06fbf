//! What to wait for.

use core::marker::PhantomData;

use cloudabi_sys::{
    Clockid, Eventtype, Subclockflags, Subrwflags, Subscription, SubscriptionClock, SubscriptionFdReadwrite,
    SubscriptionProcTerminate,
};

use crate::os::{AsFd, BorrowedFd};
use crate::process::Child;
use crate::time::{Duration, Instant, SystemTime, nanoseconds};

/// Something to wait for, and a token by which it is known again.
///
/// ```no_run
/// # use cloudabi::{net::Stream, poll::Interest, time::Instant};
/// fn interests(socket: &Stream, deadline: Instant) -> [Interest<'_>; 3] {
///     [Interest::readable(socket, 1), Interest::writable(socket, 2), Interest::at(deadline, 3)]
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Interest<'fd> {
    subscription: Subscription,
    fd: PhantomData<BorrowedFd<'fd>>,
}

impl<'fd> Interest<'fd> {
    const fn new(token: u64, subscription: Subscription) -> Self {
        Interest { subscription: Subscription { userdata: token, ..subscription }, fd: PhantomData }
    }

    /// Reading would not have to wait: there is data, a connection, or the end.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream, poll::{Interest, poll}};
    /// fn which(one: &Stream, other: &Stream) -> io::Result<Vec<u64>> {
    ///     let events = poll(&[Interest::readable(one, 1), Interest::readable(other, 2)])?;
    ///     Ok(events.iter().map(|event| event.token).collect())
    /// }
    /// ```
    pub fn readable(fd: &'fd (impl AsFd + ?Sized), token: u64) -> Self {
        Interest::ready(fd.as_fd(), Eventtype::FD_READ, token)
    }

    /// Writing would not have to wait: there is room, or an error to be told.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream, poll::{Interest, poll}, time::{Duration, Instant, SystemTime}};
    /// fn wait_for_room(socket: &Stream) -> io::Result<()> {
    ///     poll(&[Interest::writable(socket, 1)]).map(drop)
    /// }
    /// ```
    pub fn writable(fd: &'fd (impl AsFd + ?Sized), token: u64) -> Self {
        Interest::ready(fd.as_fd(), Eventtype::FD_WRITE, token)
    }

    fn ready(fd: BorrowedFd<'fd>, what: Eventtype, token: u64) -> Self {
        let ready = SubscriptionFdReadwrite {
            fd: fd.as_raw_fd(),
            flags: Subrwflags::POLL,
            ..SubscriptionFdReadwrite::ZERO
        };
        Interest::new(token, Subscription::ZERO.with_fd_readwrite(what, ready))
    }

    /// A process has ended.
    ///
    /// ```no_run
    /// # use cloudabi::{io, poll::{Event, Interest, poll}, process::Child, time::Duration};
    /// fn within_a_second(child: &Child) -> io::Result<Vec<Event>> {
    ///     poll(&[Interest::exited(child, 1), Interest::after(Duration::from_secs(1), 2)])
    /// }
    /// ```
    pub fn exited(child: &'fd Child, token: u64) -> Self {
        let process = SubscriptionProcTerminate { fd: child.as_fd().as_raw_fd() };
        Interest::new(token, Subscription::ZERO.with_proc_terminate(process))
    }

    /// So much time has passed.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream, poll::{Interest, poll}, time::{Duration, Instant, SystemTime}};
    /// fn within_a_second(socket: &Stream) -> io::Result<bool> {
    ///     let events = poll(&[Interest::readable(socket, 1), Interest::after(Duration::from_secs(1), 2)])?;
    ///     Ok(events.iter().any(|event| event.token == 1))
    /// }
    /// ```
    pub fn after(duration: Duration, token: u64) -> Self {
        Interest::clock(Clockid::MONOTONIC, nanoseconds(duration), Subclockflags::empty(), token)
    }

    /// It is this late.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream, poll::{Interest, poll}, time::{Duration, Instant, SystemTime}};
    /// fn before(socket: &Stream, deadline: Instant) -> io::Result<bool> {
    ///     let events = poll(&[Interest::readable(socket, 1), Interest::at(deadline, 2)])?;
    ///     Ok(events.iter().any(|event| event.token == 1))
    /// }
    /// ```
    pub fn at(time: Instant, token: u64) -> Self {
        Interest::clock(Clockid::MONOTONIC, time.to_timestamp(), Subclockflags::ABSTIME, token)
    }

    /// The clock that people have shows this time. It follows when that is set.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream, poll::{Interest, poll}, time::{Duration, Instant, SystemTime}};
    /// fn wait_until(appointment: SystemTime) -> io::Result<()> {
    ///     poll(&[Interest::at_system_time(appointment, 1)]).map(drop)
    /// }
    /// ```
    pub fn at_system_time(time: SystemTime, token: u64) -> Self {
        Interest::clock(Clockid::REALTIME, time.to_timestamp(), Subclockflags::ABSTIME, token)
    }

    fn clock(clock_id: Clockid, timeout: u64, flags: Subclockflags, token: u64) -> Self {
        let clock = SubscriptionClock { clock_id, timeout, flags, ..SubscriptionClock::ZERO };
        Interest::new(token, Subscription::ZERO.with_clock(clock))
    }

    pub(super) const fn to_raw(self) -> Subscription {
        self.subscription
    }
}

// SAFETY: the subscriptions that can be made here have no pointers.
unsafe impl Send for Interest<'_> {}
// SAFETY: as above.
unsafe impl Sync for Interest<'_> {}
