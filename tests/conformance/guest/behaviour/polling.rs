//! Waiting for descriptors and clocks.

use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{
    Clockid, Errno, Event, EventPayload, Eventrwflags, Eventtype, Fd, Filetype, Rights, Sdflags,
    Subclockflags, Subscription, SubscriptionClock, SubscriptionFdReadwrite, SubscriptionProcTerminate,
    Whence,
};

use super::processes::child;
use crate::calls;
use crate::environment::without;
use crate::report::{Ending, Outcome, Test, fails, holds, same};

fn read(fd: Fd) -> Subscription {
    let arm = SubscriptionFdReadwrite { fd, ..SubscriptionFdReadwrite::ZERO };
    Subscription::ZERO.with_fd_readwrite(Eventtype::FD_READ, arm)
}

fn write(fd: Fd) -> Subscription {
    let arm = SubscriptionFdReadwrite { fd, ..SubscriptionFdReadwrite::ZERO };
    Subscription::ZERO.with_fd_readwrite(Eventtype::FD_WRITE, arm)
}

fn clock(clock_id: Clockid, timeout: u64, flags: Subclockflags) -> Subscription {
    Subscription::ZERO.with_clock(SubscriptionClock { clock_id, timeout, flags, ..SubscriptionClock::ZERO })
}

/// After so many nanoseconds.
fn after(timeout: u64) -> Subscription {
    clock(Clockid::MONOTONIC, timeout, Subclockflags::empty())
}

const NEVER: u64 = u64::MAX;

/// Waits. Subscriptions are known by their index.
fn poll(subscriptions: &[Subscription]) -> Result<Vec<Event>, Errno> {
    let numbered: Vec<_> =
        (0..).zip(subscriptions).map(|(userdata, one)| Subscription { userdata, ..*one }).collect();
    let mut events = vec![Event::ZERO; numbered.len()];
    let count = calls::poll(&numbered, &mut events)?;
    events.truncate(count);
    events.sort_by_key(|event| event.userdata);
    Ok(events)
}

/// Waits for something that never happens: a silent descriptor, or the end of time.
pub fn wait_for_ever(fd: Fd) {
    let far = clock(Clockid::REALTIME, 1 << 62, Subclockflags::ABSTIME);
    let _ = poll(&[read(fd), after(NEVER), far]);
}

/// Waits, and expects events of these subscriptions, without errors.
#[track_caller]
fn happens(subscriptions: &[Subscription], expected: &[u64]) -> Result<Vec<Event>, Ending> {
    let events = poll(subscriptions)?;
    same(events.iter().map(|event| event.userdata).collect::<Vec<_>>(), expected)?;
    for event in &events {
        same(event.error, Errno::SUCCESS)?;
        same(Some(event.r#type), subscriptions.get(event.userdata as usize).map(|one| one.r#type))?;
    }
    Ok(events)
}

/// What an event says of a descriptor.
fn state(event: Option<&Event>) -> Option<(u64, Eventrwflags)> {
    match event?.payload() {
        EventPayload::FdReadwrite(arm) => Some((arm.nbytes, arm.flags)),
        _ => None,
    }
}

/// A descriptor can be read: so many bytes, and whether nothing follows.
#[track_caller]
fn readable(fd: Fd, nbytes: u64, flags: Eventrwflags) -> Outcome {
    let events = happens(&[read(fd), after(NEVER)], &[0])?;
    same(state(events.first()), Some((nbytes, flags)))
}

/// Waiting fails at once for this one, and the call does not.
#[track_caller]
fn refused(subscription: Subscription, error: Errno) -> Outcome {
    let events = poll(&[after(NEVER), subscription])?;
    same(events.len(), 1)?;
    for event in events {
        same(event.userdata, 1)?;
        same(event.r#type, subscription.r#type)?;
        same(event.error, error)?;
    }
    Ok(())
}

fn soon(clock_id: Clockid) -> Result<u64, Errno> {
    Ok(calls::clock(clock_id)? + 2_000_000)
}

const HANGUP: Eventrwflags = Eventrwflags::HANGUP;
const NONE: Eventrwflags = Eventrwflags::empty();

pub const TESTS: &[Test] = &[
    ("poll/behaviour/nothing to wait for", |_| same(poll(&[])?.len(), 0)),
    ("poll/behaviour/durations", |_| {
        for id in [Clockid::MONOTONIC, Clockid::REALTIME] {
            for precision in [0, 1000, 1_000_000] {
                let before = soon(Clockid::MONOTONIC)?;
                let arm = SubscriptionClock {
                    clock_id: id,
                    timeout: 2_000_000,
                    precision,
                    ..SubscriptionClock::ZERO
                };
                happens(&[Subscription::ZERO.with_clock(arm)], &[0])?;
                holds(calls::clock(Clockid::MONOTONIC)? >= before, "not early")?;
            }
        }
        Ok(())
    }),
    ("poll/behaviour/points in time", |environment| {
        let (silent, _other) = environment.sockets(Filetype::SOCKET_STREAM)?;
        for id in [Clockid::MONOTONIC, Clockid::REALTIME] {
            for others in [&[][..], &[read(silent)], &[after(NEVER)], &[read(silent), after(NEVER)]] {
                let at = soon(id)?;
                let mut all = others.to_vec();
                all.push(clock(id, at, Subclockflags::ABSTIME));
                happens(&all, &[others.len() as u64])?;
                holds(calls::clock(id)? >= at, "not early")?;
            }
        }
        Ok(())
    }),
    ("poll/behaviour/clocks of several kinds", |_| {
        let absolute = Subclockflags::ABSTIME;
        let far = calls::clock(Clockid::REALTIME)? + 1_000_000_000_000;
        let at = soon(Clockid::MONOTONIC)?;
        let clocks = [
            clock(Clockid::REALTIME, far, absolute),
            clock(Clockid::MONOTONIC, at, absolute),
            clock(Clockid::REALTIME, NEVER, absolute),
            clock(Clockid::MONOTONIC, NEVER, absolute),
            after(1_000_000_000_000),
        ];
        happens(&clocks, &[1])?;
        holds(calls::clock(Clockid::MONOTONIC)? >= at, "not early")
    }),
    ("poll/behaviour/what has come comes at once", |_| {
        let absolute = Subclockflags::ABSTIME;
        let patient =
            SubscriptionClock { clock_id: Clockid::MONOTONIC, precision: NEVER, ..SubscriptionClock::ZERO };
        let clocks = [
            after(0),
            clock(Clockid::REALTIME, 0, Subclockflags::empty()),
            clock(Clockid::MONOTONIC, 0, absolute),
            clock(Clockid::REALTIME, calls::clock(Clockid::REALTIME)?, absolute),
            Subscription::ZERO.with_clock(patient),
            after(NEVER),
        ];
        happens(&clocks, &[0, 1, 2, 3, 4]).map(drop)
    }),
    ("poll/behaviour/streams", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        happens(&[read(first), read(second), after(1)], &[2])?;
        happens(&[read(first), write(first), after(NEVER), write(second)], &[1, 3])?;
        calls::write(first, b"abc")?;
        calls::write(first, b"de")?;
        readable(second, 5, NONE)?;
        calls::read(second, &mut [0; 2])?;
        readable(second, 3, NONE)?;
        let events = happens(&[read(second), write(second)], &[0, 1])?;
        same(state(events.get(1)).map(|(_, flags)| flags), Some(NONE))?;
        calls::sock_shutdown(first, Sdflags::WR)?;
        readable(second, 3, HANGUP)?;
        calls::read(second, &mut [0; 3])?;
        readable(second, 0, HANGUP)?;
        // The other direction still works.
        happens(&[read(first), write(second)], &[1])?;
        calls::close(first)?;
        readable(second, 0, HANGUP)?;
        let events = happens(&[write(second)], &[0])?;
        same(state(events.first()).map(|(_, flags)| flags), Some(HANGUP))
    }),
    ("poll/behaviour/datagrams", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_DGRAM)?;
        happens(&[read(second), write(first), after(NEVER)], &[1])?;
        calls::write(first, b"abc")?;
        calls::write(first, b"de")?;
        // A host may not know how long the first one is.
        let events = happens(&[read(second), after(NEVER)], &[0])?;
        holds(
            [Some((3, NONE)), Some((0, NONE))].contains(&state(events.first())),
            "as long as one, or unknown",
        )
    }),
    ("poll/behaviour/a full socket", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let stat = calls::wish(cloudabi_sys::Fdflags::NONBLOCK, Rights::empty(), Rights::empty());
        calls::fd_stat_put(first, &stat, cloudabi_sys::Fdsflags::FLAGS)?;
        let mut total = 0;
        while let Ok(count) = calls::write(first, &[0; 1 << 12]) {
            total += count as u64;
        }
        happens(&[write(first), read(second), after(NEVER)], &[1])?;
        readable(second, total, NONE)
    }),
    ("poll/behaviour/regular files", |environment| {
        let file = environment.file(b"content")?;
        readable(file, 7, NONE)?;
        calls::seek(file, 5, Whence::SET)?;
        readable(file, 2, NONE)?;
        calls::seek(file, 50, Whence::SET)?;
        readable(file, 0, NONE)?;
        happens(&[write(file), after(NEVER)], &[0]).map(drop)
    }),
    ("poll/behaviour/many", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        calls::write(first, b"abc")?;
        let mut all = Vec::new();
        for index in 0..4096 {
            all.push(match index % 4 {
                0 => read(first),
                1 => after(NEVER),
                2 => read(second),
                _ => write(first),
            });
        }
        let expected: Vec<u64> = (0..4096).filter(|index| index % 4 > 1).collect();
        for event in happens(&all, &expected)?.iter().filter(|event| event.r#type == Eventtype::FD_READ) {
            same(state(Some(event)), Some((3, NONE)))?;
        }
        all.iter_mut().for_each(|one| *one = after(NEVER));
        all.push(after(1));
        happens(&all, &[4096]).map(drop)
    }),
    ("poll/behaviour/each refusal is an event", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let closed = environment.closed()?;
        refused(read(closed), Errno::BADF)?;
        refused(write(closed), Errno::BADF)?;
        let process = Subscription::ZERO.with_proc_terminate(SubscriptionProcTerminate { fd: closed });
        refused(process, Errno::BADF)?;
        let socket = SubscriptionProcTerminate { fd: first };
        refused(Subscription::ZERO.with_proc_terminate(socket), Errno::NOTCAPABLE)?;
        refused(read(environment.granted()), Errno::NOTCAPABLE)?;
        refused(clock(Clockid::PROCESS_CPUTIME_ID, 0, Subclockflags::empty()), Errno::NOTSUP)?;
        refused(clock(Clockid::THREAD_CPUTIME_ID, 0, Subclockflags::empty()), Errno::NOTSUP)?;
        refused(clock(Clockid(99), 0, Subclockflags::empty()), Errno::INVAL)?;
        refused(clock(Clockid::MONOTONIC, 0, Subclockflags::from_bits_retain(2)), Errno::INVAL)?;
        // Everything else that has happened is told too.
        calls::write(first, b"x")?;
        let events = poll(&[read(closed), read(first), read(second), after(0)])?;
        same(events.iter().map(|event| event.userdata).collect::<Vec<_>>(), [0, 2, 3])
    }),
    ("poll/right/in[].fd_readwrite.fd/poll_fd_readwrite", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let less = without(first, Rights::POLL_FD_READWRITE, Rights::empty())?;
        refused(read(less), Errno::NOTCAPABLE)?;
        refused(write(less), Errno::NOTCAPABLE)
    }),
    ("poll/right/in[].fd_readwrite.fd/fd_read", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let less = without(first, Rights::FD_READ, Rights::empty())?;
        happens(&[write(less)], &[0])?;
        refused(read(less), Errno::NOTCAPABLE)
    }),
    ("poll/right/in[].fd_readwrite.fd/fd_write", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let less = without(first, Rights::FD_WRITE, Rights::empty())?;
        refused(write(less), Errno::NOTCAPABLE)
    }),
    ("poll/right/in[].proc_terminate.fd/poll_proc_terminate", |_| {
        let process = child(|| Ok(0))?;
        let wait = |fd| Subscription::ZERO.with_proc_terminate(SubscriptionProcTerminate { fd });
        happens(&[wait(process), after(NEVER)], &[0])?;
        let less = without(process, Rights::POLL_PROC_TERMINATE, Rights::empty())?;
        refused(wait(less), Errno::NOTCAPABLE)?;
        calls::close(less)?;
        Ok(calls::close(process)?)
    }),
    ("poll/error/inval", |_| {
        let undefined = |number| Subscription { r#type: Eventtype(number), ..Subscription::ZERO };
        for number in [0, 8, 0xff] {
            fails(poll(&[undefined(number)]), Errno::INVAL)?;
            fails(poll(&[after(0), undefined(number)]), Errno::INVAL)?;
        }
        for lock in [Eventtype::CONDVAR, Eventtype::LOCK_RDLOCK, Eventtype::LOCK_WRLOCK] {
            fails(poll(&[after(0), undefined(lock.0)]), Errno::INVAL)?;
            fails(poll(&[undefined(lock.0), after(0), after(0)]), Errno::INVAL)?;
            fails(poll(&[undefined(lock.0), read(Fd(0))]), Errno::INVAL)?;
        }
        Ok(())
    }),
];
