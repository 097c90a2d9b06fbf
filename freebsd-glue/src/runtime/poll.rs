//! `poll`: waits for descriptors, clocks, processes, locks and condition variables, and tells what has happened: kqueue(2).
//!
//! A queue lives for one call. What is waited for twice is put into it once: events are matched to subscriptions by
//! descriptor and kind. A wait of the monotonic clock is the time that the call itself waits; only one for the clock that can
//! be set is a timer in the queue.

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use cloudabi_host::deadline::Moment;
use cloudabi_host::descriptors::Guard;
use cloudabi_host::memory::{GuestMemory as _, GuestSlice, GuestSliceMut};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::syscalls::poll_in_needs;
use cloudabi_host::types::{
    Clockid, Errno, Event, EventFdReadwrite, EventProcTerminate, Eventrwflags, Eventtype, Filetype, Signal,
    Subscription,
};

use super::object::Object;
use super::{Thread, deadline, last_error, locks, stop};
use crate::ending::Ending;
use crate::generated::{errno_from_host, signal_from_host};
use crate::headers::{NOTE_ABSTIME, NOTE_FILE_POLL, NOTE_NSECONDS};

/// How many events are taken out of the queue at once.
const CHUNK: usize = 16;

/// The identity of the timer in the queue.
const TIMER: usize = 1;

/// The time of the clocks that can be waited for.
#[derive(Clone, Copy)]
struct Now {
    monotonic: u64,
    realtime: u64,
}

impl Now {
    fn ask() -> Now {
        Now { monotonic: deadline::now(Clockid::MONOTONIC), realtime: deadline::now(Clockid::REALTIME) }
    }

    fn has_passed(self, moment: Moment) -> bool {
        let now = if moment.clock == Clockid::REALTIME { self.realtime } else { self.monotonic };
        now >= moment.at
    }
}

/// A subscription that has been looked at.
enum Wait {
    /// A descriptor, and which filter of the queue it is waited for with.
    Descriptor(Guard<'static, Object>, i16),
    /// A point in time, unless it never comes.
    Time(Option<Moment>),
    /// Nothing that can be waited for.
    Failed(Errno),
}

/// `poll`
pub fn poll(
    thread: &Thread,
    subscriptions: GuestSlice<Subscription>,
    events: GuestSliceMut<Event>,
) -> Result<u64, Errno> {
    let memory = thread.memory();
    let mut list = Vec::new();
    let count = usize::try_from(subscriptions.len()).map_err(|_| Errno::NOMEM)?;
    list.try_reserve(count).map_err(|_| Errno::NOMEM)?;
    for subscription in subscriptions.iter(memory) {
        list.push(subscription?);
    }
    // What has happened must not get lost because the program cannot be told.
    memory.probe_write(events.range())?;
    match list.first().map(|first| first.r#type) {
        None => return Ok(0),
        Some(Eventtype::CONDVAR | Eventtype::LOCK_RDLOCK | Eventtype::LOCK_WRLOCK) => {
            events.store(memory, &[locks::wait(thread, &list)?])?;
            return Ok(1);
        }
        Some(_) => {}
    }
    let waits: Vec<Wait> = list.iter().map(|one| look_at(thread, one)).collect::<Result<_, _>>()?;
    // What has not passed by now is told if the call has to wait for it, and not because the call itself takes its time.
    let begun = Now::ask();
    let queue = Queue::fill(&waits)?;
    let (happened, now) = queue.wait(&waits, begun)?;
    let told = list.iter().zip(&waits).filter_map(|(subscription, wait)| {
        let Subscription { userdata, r#type, .. } = *subscription;
        Some(Event { userdata, ..tell(r#type, wait, &happened, now)? })
    });
    let told: Vec<Event> = told.collect();
    events.store(memory, &told)?;
    Ok(told.len() as u64)
}

/// Finds out what a subscription is about. Locks and condition variables can only be the first.
fn look_at(thread: &Thread, subscription: &Subscription) -> Result<Wait, Errno> {
    let look_up = || {
        let (fd, needed) = poll_in_needs(subscription).ok_or(Errno::INVAL)?;
        thread.process.descriptors.look_up(fd, needed)
    };
    let wait = match subscription.r#type {
        Eventtype::FD_READ => look_up().map(|object| Wait::Descriptor(object, libc::EVFILT_READ)),
        Eventtype::FD_WRITE => look_up().map(|object| Wait::Descriptor(object, libc::EVFILT_WRITE)),
        Eventtype::PROC_TERMINATE => look_up().and_then(|object| match object.filetype() {
            Filetype::PROCESS => Ok(Wait::Descriptor(object, libc::EVFILT_PROCDESC)),
            _ => Err(Errno::NOTSUP),
        }),
        Eventtype::CLOCK => deadline::of(&subscription.union.as_clock()).map(Wait::Time),
        _ => return Err(Errno::INVAL),
    };
    Ok(wait.unwrap_or_else(Wait::Failed))
}

/// A queue of the kernel's, and what it could not be told to wait for.
struct Queue {
    fd: OwnedFd,
    refused: Vec<libc::kevent>,
}

impl Queue {
    fn fill(waits: &[Wait]) -> Result<Queue, Errno> {
        // SAFETY: the call takes nothing.
        let fd = unsafe { libc::kqueue() };
        if fd < 0 {
            // The call needed a descriptor for itself, for a moment.
            return Err(Errno::NOMEM);
        }
        // SAFETY: it was made just now.
        let mut queue = Queue { fd: unsafe { OwnedFd::from_raw_fd(fd) }, refused: Vec::new() };
        let mut realtime: Option<Moment> = None;
        for wait in waits {
            match wait {
                Wait::Descriptor(object, filter) => {
                    let number = object.as_fd().as_raw_fd() as usize;
                    let notes = match *filter {
                        libc::EVFILT_READ => NOTE_FILE_POLL,
                        libc::EVFILT_PROCDESC => libc::NOTE_EXIT,
                        _ => 0,
                    };
                    queue.add(number, *filter, notes, 0)?;
                }
                Wait::Time(Some(moment)) if moment.clock == Clockid::REALTIME => {
                    realtime = Some(realtime.filter(|first| first.at < moment.at).unwrap_or(*moment));
                }
                Wait::Time(_) | Wait::Failed(_) => {}
            }
        }
        if let Some(moment) = realtime {
            let at = moment.at.cast_signed();
            queue.add(TIMER, libc::EVFILT_TIMER, NOTE_ABSTIME | NOTE_NSECONDS, at)?;
        }
        Ok(queue)
    }

    fn add(&mut self, ident: usize, filter: i16, fflags: u32, data: i64) -> Result<(), Errno> {
        let flags = libc::EV_ADD;
        let mut change = event(ident, filter, flags, fflags, data);
        // SAFETY: one structure is read.
        let result = unsafe {
            libc::kevent(self.fd.as_raw_fd(), &raw const change, 1, std::ptr::null_mut(), 0, std::ptr::null())
        };
        if result == 0 {
            return Ok(());
        }
        let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL);
        if error == libc::ENOMEM {
            return Err(Errno::NOMEM);
        }
        change.flags = libc::EV_ERROR;
        change.data = error.into();
        self.refused.push(change);
        Ok(())
    }

    /// Waits until something has happened. Gives all of it, and the time by which clocks are to be told: at first, it is this.
    fn wait(self, waits: &[Wait], mut now: Now) -> Result<(Vec<libc::kevent>, Now), Errno> {
        let mut happened = self.refused;
        let failed = waits.iter().any(|wait| matches!(wait, Wait::Failed(_)));
        let times =
            || waits.iter().filter_map(|wait| if let Wait::Time(moment) = wait { *moment } else { None });
        let first = times().filter(|moment| moment.clock == Clockid::MONOTONIC).map(|moment| moment.at).min();
        loop {
            let passed = times().any(|moment| now.has_passed(moment));
            let timeout = if failed || passed || !happened.is_empty() {
                Some(0)
            } else {
                first.map(|at| at.saturating_sub(deadline::now(Clockid::MONOTONIC)))
            };
            let timeout = timeout.map(deadline::timespec);
            let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            let mut room = [event(0, 0, 0, 0, 0); CHUNK];
            // SAFETY: there is room for so many, and the time is only read.
            let count = unsafe {
                let (fd, room) = (self.fd.as_raw_fd(), room.as_mut_ptr());
                libc::kevent(fd, std::ptr::null(), 0, room, CHUNK as i32, timeout)
            };
            match usize::try_from(count) {
                Ok(count) => {
                    let before = happened.len();
                    let (timers, others): (Vec<&libc::kevent>, Vec<&libc::kevent>) =
                        room[..count].iter().partition(|new| new.filter == libc::EVFILT_TIMER);
                    for new in others {
                        let known = |old: &&libc::kevent| (old.ident, old.filter) == (new.ident, new.filter);
                        if happened.iter().find(known).is_none() {
                            happened.push(*new);
                        }
                    }
                    // A full room may have left some behind; they come again until all are known.
                    if count == CHUNK && happened.len() > before {
                        continue;
                    }
                    if !timers.is_empty() {
                        now = Now::ask();
                    }
                    let passed = passed || times().any(|moment| now.has_passed(moment));
                    if failed || passed || !happened.is_empty() {
                        return Ok((happened, now));
                    }
                    now = Now::ask();
                }
                Err(_) if last_error() == Errno::INTR => stop::interrupted(),
                Err(_) => return Err(Errno::NOMEM),
            }
        }
    }
}

fn event(ident: usize, filter: i16, flags: u16, fflags: u32, data: i64) -> libc::kevent {
    libc::kevent { ident, filter, flags, fflags, data, udata: std::ptr::null_mut(), ext: [0; 4] }
}

/// The event of a subscription, if it has one.
fn tell(r#type: Eventtype, wait: &Wait, happened: &[libc::kevent], now: Now) -> Option<Event> {
    match wait {
        Wait::Failed(error) => Some(failed(r#type, *error)),
        Wait::Time(moment) => {
            moment.filter(|moment| now.has_passed(*moment)).map(|_| Event { r#type, ..Event::ZERO })
        }
        Wait::Descriptor(object, filter) => {
            let number = object.as_fd().as_raw_fd() as usize;
            let found = happened.iter().find(|event| (event.ident, event.filter) == (number, *filter))?;
            Some(of_descriptor(r#type, object, found))
        }
    }
}

fn of_descriptor(r#type: Eventtype, object: &Object, found: &libc::kevent) -> Event {
    if found.flags & libc::EV_ERROR != 0 {
        return match errno_from_host(found.data as i32) {
            Errno::BADF | Errno::NOTCAPABLE => failed(r#type, Errno::NOTCAPABLE),
            _ => failed(r#type, Errno::NOTSUP),
        };
    }
    if r#type == Eventtype::PROC_TERMINATE {
        return process(object, found.data as i32);
    }
    // How much room there is to write is not told: what fits depends on how it is written. Of datagrams the kernel tells how
    // much there is in all, and not what can be read at once.
    let is_told = r#type == Eventtype::FD_READ && object.filetype() != Filetype::SOCKET_DGRAM;
    let nbytes = if is_told { found.data.max(0).cast_unsigned() } else { 0 };
    let flags = match object.filetype() {
        Filetype::REGULAR_FILE => Eventrwflags::empty(),
        _ if found.flags & libc::EV_EOF != 0 => Eventrwflags::HANGUP,
        _ => Eventrwflags::empty(),
    };
    Event::ZERO.with_fd_readwrite(r#type, EventFdReadwrite { nbytes, flags, ..EventFdReadwrite::ZERO })
}

/// The event of a process that ended, with this status of wait(2), in which there are eight bits of an exit code.
fn process(object: &Object, status: i32) -> Event {
    let end = if libc::WIFSIGNALED(status) {
        EventProcTerminate { signal: signal_from_host(libc::WTERMSIG(status)), ..EventProcTerminate::ZERO }
    } else {
        let told = object.ending().and_then(Ending::code);
        let exitcode = told.unwrap_or(libc::WEXITSTATUS(status).cast_unsigned());
        EventProcTerminate { signal: Signal(0), exitcode, ..EventProcTerminate::ZERO }
    };
    Event::ZERO.with_proc_terminate(end)
}

fn failed(r#type: Eventtype, error: Errno) -> Event {
    Event { r#type, error, ..Event::ZERO }
}
