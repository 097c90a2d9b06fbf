//! Sleeping until a descriptor is ready or a point in time has come.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;

use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use crate::runtime::deadline::{Clock, Deadline};
use crate::runtime::{raw, stop};

/// Being late by less than this, in nanoseconds, is not worth another call.
const SHORT: u64 = 20_000;

/// How many places that are not used [`Deadlines::wait`] wants behind the descriptors.
pub const SPARE: usize = 1;

/// A place that says nothing.
pub const UNUSED: libc::pollfd = libc::pollfd { fd: -1, events: 0, revents: 0 };

/// The first of all points in time that are waited for, by each clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadlines {
    monotonic: Option<Deadline>,
    realtime: Option<Deadline>,
}

impl Deadlines {
    /// Adds a point in time.
    pub fn add(&mut self, deadline: Deadline) {
        let first = match deadline.clock {
            Clock::Monotonic => &mut self.monotonic,
            Clock::Realtime => &mut self.realtime,
        };
        if first.is_none_or(|first| deadline.at < first.at) {
            *first = Some(deadline);
        }
    }

    /// Waits until at least one of the descriptors is ready or one of the points in time has come. What is ready is then
    /// in `revents`: poll(2).
    ///
    /// The last [`SPARE`] places are not the caller's: what stands there does not count.
    ///
    /// # Errors
    /// [`Errno::NOMEM`]
    pub fn wait(&self, places: &mut [libc::pollfd]) -> Result<(), Errno> {
        let count = places.len().saturating_sub(SPARE);
        match (self.monotonic, self.realtime) {
            (Some(deadline), None) | (None, Some(deadline)) if count == 0 => deadline.sleep(),
            (monotonic, None) => wait_for_descriptors(&mut places[..count], monotonic)?,
            // The clock can be set. Only a timer of its own notices that.
            (monotonic, Some(realtime)) => {
                let timer = timer(realtime).map_err(|_| Errno::NOMEM)?;
                places[count] = libc::pollfd { fd: timer.as_raw_fd(), events: libc::POLLIN, revents: 0 };
                wait_for_descriptors(&mut places[..=count], monotonic)?;
            }
        }
        Ok(())
    }
}

/// Waits until one of the descriptors is ready, however long that takes. What is ready is then in `revents`: poll(2).
///
/// # Errors
/// [`Errno::NOMEM`]
pub fn for_descriptors(places: &mut [libc::pollfd]) -> Result<(), Errno> {
    wait_for_descriptors(places, None)
}

/// Waits with ppoll(2).
fn wait_for_descriptors(places: &mut [libc::pollfd], deadline: Option<Deadline>) -> Result<(), Errno> {
    while !poll(places, deadline.map(timeout))? {
        if deadline.is_some_and(Deadline::has_passed) {
            break;
        }
    }
    Ok(())
}

/// How long to call ppoll(2) for.
///
/// The kernel takes the liberty to be late by a thousandth of the time, or by a two-hundredth in processes that are
/// nice: `select_estimate_accuracy` in fs/select.c. Where that would be too much, most of the time is waited for first.
fn timeout(deadline: Deadline) -> Timespec {
    let rest = deadline.at.saturating_sub(deadline.clock.now());
    let liberty = rest / 200;
    let length = if liberty <= SHORT { rest } else { rest - liberty };
    Deadline { at: length, ..deadline }.timespec()
}

/// A descriptor that becomes readable at a time of the clock that can be set.
fn timer(deadline: Deadline) -> Result<OwnedFd, Errno> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC)?;
    // A time of zero would switch it off.
    let it_value = Deadline { at: deadline.at.max(1), ..deadline }.timespec();
    let once = Itimerspec { it_interval: Timespec::default(), it_value };
    timerfd_settime(&timer, TimerfdTimerFlags::ABSTIME, &once)?;
    Ok(timer)
}

/// Finds out which descriptors are ready. What is ready is then in `revents`: poll(2). Whether something is.
///
/// This comes before any wait: the kernel puts who waits into the queue of each descriptor up to the first that is ready,
/// and takes it out again, which costs several times as much as looking; and mostly something is ready.
///
/// # Errors
/// [`Errno::NOMEM`]
#[inline(always)]
pub fn look(places: &mut [libc::pollfd]) -> Result<bool, Errno> {
    match raw::ready(places) {
        Ok(count) => Ok(count > 0),
        Err(_) => poll(places, Some(Timespec::default())),
    }
}

/// Waits until a descriptor is readable, or just looks if `look` is set. Whether it is.
///
/// # Errors
/// [`Errno::NOMEM`]
pub fn is_readable(fd: BorrowedFd<'_>, look: bool) -> Result<bool, Errno> {
    let mut places = [libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }];
    if look {
        return self::look(&mut places);
    }
    for_descriptors(&mut places)?;
    Ok(true)
}

/// Makes the calling thread, and those that it starts, wake up as precisely as the kernel can. Linux allows itself 50
/// microseconds otherwise, whatever a program wishes: `PR_SET_TIMERSLACK` of prctl(2).
pub fn be_precise() {
    // SAFETY: this is about times alone.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong) };
}

/// ppoll(2). Whether something is ready; a signal is no reason to say so.
#[inline(never)]
fn poll(places: &mut [libc::pollfd], timeout: Option<Timespec>) -> Result<bool, Errno> {
    match ppoll(places, timeout) {
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR | Errno::AGAIN) => {
            stop::interrupted();
            // What stands there may be from an earlier call.
            places.iter_mut().for_each(|place| place.revents = 0);
            Ok(false)
        }
        Err(Errno::INVAL) => poll_each_once(places, timeout),
        Err(_) => Err(Errno::NOMEM),
    }
}

/// The same with each descriptor asked for once: Linux allows no more places than the process may have descriptors.
#[cold]
fn poll_each_once(places: &mut [libc::pollfd], timeout: Option<Timespec>) -> Result<bool, Errno> {
    let mut once = Vec::new();
    once.try_reserve(places.len()).map_err(|_| Errno::NOMEM)?;
    once.extend_from_slice(places);
    once.sort_unstable_by_key(|place| place.fd);
    once.dedup_by(|later, kept| {
        let same = later.fd == kept.fd;
        if same {
            kept.events |= later.events;
        }
        same
    });
    let ready = match ppoll(&mut once, timeout) {
        Ok(count) => count > 0,
        Err(Errno::INTR | Errno::AGAIN) => {
            stop::interrupted();
            return Ok(false);
        }
        Err(_) => return Err(Errno::NOMEM),
    };
    // What nobody asks for is told nevertheless: poll(2).
    let always = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;
    for place in places {
        let found = once.binary_search_by_key(&place.fd, |place| place.fd);
        place.revents = found.map_or(0, |index| once[index].revents & (place.events | always));
    }
    Ok(ready)
}

fn ppoll(places: &mut [libc::pollfd], timeout: Option<Timespec>) -> Result<u32, Errno> {
    let timeout = timeout.map(|Timespec { tv_sec, tv_nsec }| libc::timespec { tv_sec, tv_nsec });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let count = places.len() as libc::nfds_t;
    // SAFETY: there are as many places as it is told, and it only reads the time.
    let result = unsafe { libc::ppoll(places.as_mut_ptr(), count, timeout, ptr::null()) };
    u32::try_from(result)
        .map_err(|_| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    fn pair() -> (OwnedFd, OwnedFd) {
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .expect("a pair of sockets")
    }

    fn place(fd: &OwnedFd, events: i16) -> libc::pollfd {
        libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 }
    }

    fn soon(clock: Clock) -> Deadline {
        Deadline { clock, at: clock.now() + 2_000_000 }
    }

    fn late(clock: Clock) -> Deadline {
        Deadline { clock, at: i64::MAX as u64 - 1 }
    }

    fn wait(deadlines: &[Deadline], places: &mut [libc::pollfd]) {
        let mut all = Deadlines::default();
        deadlines.iter().for_each(|deadline| all.add(*deadline));
        all.wait(places).expect("waiting works");
    }

    #[test]
    fn is_never_early() {
        let (silent, _other) = pair();
        for (clock, other) in [(Clock::Monotonic, Clock::Realtime), (Clock::Realtime, Clock::Monotonic)] {
            for others in [vec![], vec![late(clock)], vec![late(other)], vec![late(clock), late(other)]] {
                for mut places in [vec![UNUSED], vec![place(&silent, libc::POLLIN), UNUSED]] {
                    let first = soon(clock);
                    wait(&[others.as_slice(), &[first]].concat(), &mut places);
                    assert!(first.has_passed());
                    assert_eq!(
                        places.split_last().map_or(0, |(_, places)| places.iter().map(|p| p.revents).sum()),
                        0
                    );
                }
            }
        }
    }

    #[test]
    fn tells_the_ready_from_the_others() {
        let (first, second) = pair();
        for deadlines in [vec![], vec![late(Clock::Monotonic)], vec![late(Clock::Realtime)]] {
            let mut places = [place(&first, libc::POLLIN), place(&second, libc::POLLOUT), UNUSED];
            wait(&deadlines, &mut places);
            assert_eq!(places[0].revents, 0);
            assert_eq!(places[1].revents, libc::POLLOUT);
        }
    }

    #[test]
    fn descriptors_that_are_asked_for_often() {
        let (first, second) = pair();
        rustix::io::write(&first, b"x").expect("writing works");
        let three =
            [place(&second, libc::POLLIN), place(&first, libc::POLLIN), place(&second, libc::POLLOUT)];
        let mut places: Vec<_> = three.into_iter().cycle().take(3 * 1000).collect();
        assert!(poll_each_once(&mut places, None).expect("polling works"));
        for three in places.chunks(3) {
            let revents: Vec<_> = three.iter().map(|place| place.revents).collect();
            assert_eq!(revents, [libc::POLLIN, 0, libc::POLLOUT]);
        }
    }

    #[test]
    fn long_waits_are_cut_where_the_kernel_would_be_late() {
        let clock = Clock::Monotonic;
        let seconds = |at: u64| timeout(Deadline { clock, at: clock.now() + at }).tv_sec;
        assert_eq!(seconds(1_000_000_000_000), 994);
        assert_eq!(timeout(Deadline { clock, at: 0 }), Timespec::default());
    }
}
