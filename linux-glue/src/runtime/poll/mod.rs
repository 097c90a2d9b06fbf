//! `poll`: waits for descriptors, clocks, processes, locks and condition variables, and tells what has happened.
//!
//! Here a program's subscriptions become what Linux can wait for, and what is ready becomes events. How long to sleep
//! is decided in [`wait`], and what there is to say about a descriptor in [`ready`].

mod ready;
mod wait;

use std::os::fd::{AsFd, AsRawFd};

use cloudabi_host::descriptors::Guard;
use cloudabi_host::memory::{GuestMemory as _, GuestRange, GuestSlice, GuestSliceMut, bytes_of_slice, bytes_of_slice_mut};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::syscalls::poll_in_needs;
use cloudabi_host::types::{Errno, Event, Eventtype, Filetype, Subscription, Userdata};

use super::deadline::Deadline;
use super::line::Watched;
use super::object::Object;
use super::{Thread, locks};
use wait::{Deadlines, SPARE, UNUSED};

/// How many subscriptions are copied at a time.
const CHUNK: usize = 16;

/// Room for more subscriptions than this is not kept for the next call.
const KEPT: usize = 4096;

/// Memory for one call at a time, kept from one to the next.
#[derive(Default)]
pub struct Buffers {
    waits: Vec<Wait>,
    /// One place for each descriptor among them, in the same order: poll(2).
    places: Vec<libc::pollfd>,
}

/// A subscription that has been looked at.
struct Wait {
    userdata: Userdata,
    r#type: Eventtype,
    what: What,
}

enum What {
    Descriptor(Guard<'static, Object>),
    /// A process, which is not held meanwhile: closing its last descriptor has to kill it.
    Process(Watched),
    /// A point in time, unless it never comes.
    Time(Option<Deadline>),
    /// Nothing that can be waited for.
    Failed(Errno),
}

pub use wait::{be_precise, is_readable};

/// `poll`
pub fn poll(
    thread: &Thread,
    subscriptions: GuestSlice<Subscription>,
    events: GuestSliceMut<Event>,
) -> Result<u64, Errno> {
    let memory = thread.memory();
    if subscriptions.len() == 1
        && let Some(only) = subscriptions.get(0)
    {
        let subscription = only.load(memory)?;
        if let Eventtype::FD_READ | Eventtype::FD_WRITE = subscription.r#type {
            let event = one_descriptor(thread, &subscription, events)?;
            events.store(memory, &[event])?;
            return Ok(1);
        }
    }
    let mut chunk = [Subscription::ZERO; CHUNK];
    let mut reader = Reader { thread, rest: subscriptions.range() };
    let first = reader.next(&mut chunk)?;
    match first {
        [] => return Ok(0),
        [
            Subscription {
                r#type: Eventtype::CONDVAR | Eventtype::LOCK_RDLOCK | Eventtype::LOCK_WRLOCK, ..
            },
            ..,
        ] => {
            // A lock that is taken must not get lost because the program cannot be told.
            memory.probe_write(events.range())?;
            // More than two are refused there; who could be among them makes no difference.
            let event = locks::wait(thread, first)?;
            events.store(memory, &[event])?;
            return Ok(1);
        }
        _ => {}
    }
    let mut buffers = thread.poll.borrow_mut();
    let mut list = List { buffers: &mut buffers, deadlines: Deadlines::default(), happened: false };
    let result = list.poll(reader, &mut chunk, subscriptions.len(), events);
    buffers.clear();
    result
}

/// Waits for a single descriptor, as programs do most of the time.
#[inline]
fn one_descriptor(
    thread: &Thread,
    subscription: &Subscription,
    events: GuestSliceMut<Event>,
) -> Result<Event, Errno> {
    let Subscription { r#type, userdata, .. } = *subscription;
    let event = match look_up(thread, subscription) {
        Err(error) => failed(r#type, error),
        Ok((object, place)) => {
            let mut places = [place];
            if !wait::look(&mut places).map_err(super::object::error)? {
                nobody_waits_in_vain(thread, events)?;
                wait::for_descriptors(&mut places).map_err(super::object::error)?;
            }
            ready::event(r#type, &object, places[0].revents)
        }
    };
    Ok(Event { userdata, ..event })
}

/// To be asked before a wait: whether the program can be told what happens.
fn nobody_waits_in_vain(thread: &Thread, events: GuestSliceMut<Event>) -> Result<(), Errno> {
    Ok(thread.memory().probe_write(events.range())?)
}

/// What a subscription of a descriptor waits for, as the program has it and as Linux takes it.
#[inline]
fn look_up(
    thread: &Thread,
    subscription: &Subscription,
) -> Result<(Guard<'static, Object>, libc::pollfd), Errno> {
    let (fd, needed) = poll_in_needs(subscription).ok_or(Errno::INVAL)?;
    let guard = thread.process.descriptors.look_up(fd, needed)?;
    let events = match subscription.r#type {
        Eventtype::FD_READ => libc::POLLIN | libc::POLLRDHUP,
        Eventtype::FD_WRITE => libc::POLLOUT,
        // The descriptor of a process becomes readable when that ends.
        _ if guard.filetype() == Ok(Filetype::PROCESS) => libc::POLLIN,
        _ => return Err(Errno::NOTSUP),
    };
    let fd = guard.as_fd().as_raw_fd();
    Ok((guard, libc::pollfd { fd, events, revents: 0 }))
}

impl Buffers {
    fn clear(&mut self) {
        self.waits.clear();
        self.places.clear();
        if self.waits.capacity() > KEPT {
            *self = Buffers::default();
        }
    }
}

/// Copies subscriptions in, each once.
struct Reader<'t> {
    thread: &'t Thread,
    rest: GuestRange,
}

impl Reader<'_> {
    /// The next ones, as many as there is room for.
    fn next<'c>(&mut self, chunk: &'c mut [Subscription; CHUNK]) -> Result<&'c mut [Subscription], Errno> {
        let left = self.rest.size() / size_of::<Subscription>() as u64;
        let count = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let chunk = &mut chunk[..count];
        let bytes = bytes_of_slice_mut(chunk);
        let size = bytes.len() as u64;
        self.thread.memory().copy_in(self.rest.part(0, size).ok_or(Errno::FAULT)?, bytes)?;
        self.rest = self.rest.part(size, self.rest.size() - size).ok_or(Errno::FAULT)?;
        Ok(chunk)
    }
}

/// Copies events out.
struct Writer<'t> {
    thread: &'t Thread,
    rest: GuestRange,
    chunk: [Event; CHUNK],
    /// How many events of the chunk are to be copied.
    filled: usize,
    count: u64,
}

impl Writer<'_> {
    #[inline]
    fn add(&mut self, event: Event) -> Result<(), Errno> {
        if self.filled == CHUNK {
            self.store()?;
        }
        self.chunk[self.filled] = event;
        self.filled += 1;
        Ok(())
    }

    fn store(&mut self) -> Result<(), Errno> {
        let bytes = bytes_of_slice(&self.chunk[..self.filled]);
        let size = bytes.len() as u64;
        self.thread.memory().copy_out(self.rest.part(0, size).ok_or(Errno::FAULT)?, bytes)?;
        self.rest = self.rest.part(size, self.rest.size() - size).ok_or(Errno::FAULT)?;
        self.count += self.filled as u64;
        self.filled = 0;
        Ok(())
    }

    /// Copies the last ones. How many there were.
    fn finish(mut self) -> Result<u64, Errno> {
        self.store()?;
        Ok(self.count)
    }
}

/// What one call waits for.
struct List<'b> {
    buffers: &'b mut Buffers,
    deadlines: Deadlines,
    /// Whether something has happened already, so that there is nothing to wait for.
    happened: bool,
}

impl List<'_> {
    /// Waits. The first subscriptions have been read.
    fn poll(
        &mut self,
        mut reader: Reader<'_>,
        chunk: &mut [Subscription; CHUNK],
        count: u64,
        events: GuestSliceMut<Event>,
    ) -> Result<u64, Errno> {
        let count = usize::try_from(count).map_err(|_| Errno::NOMEM)?;
        self.buffers.waits.try_reserve(count).map_err(|_| Errno::NOMEM)?;
        self.buffers.places.try_reserve(count + SPARE).map_err(|_| Errno::NOMEM)?;
        let mut read = &mut chunk[..count.min(CHUNK)];
        while !read.is_empty() {
            for subscription in read.iter() {
                self.add(reader.thread, subscription)?;
            }
            read = reader.next(chunk)?;
        }
        let places = &mut self.buffers.places;
        let ready = !places.is_empty() && wait::look(places).map_err(super::object::error)?;
        if !ready && !self.happened {
            nobody_waits_in_vain(reader.thread, events)?;
            places.extend_from_slice(&[UNUSED; SPARE]);
            self.deadlines.wait(places).map_err(super::object::error)?;
        }
        self.tell(reader.thread, events)
    }

    fn add(&mut self, thread: &Thread, subscription: &Subscription) -> Result<(), Errno> {
        let what = match subscription.r#type {
            Eventtype::FD_READ | Eventtype::FD_WRITE | Eventtype::PROC_TERMINATE => {
                look_up(thread, subscription).map(|(guard, place)| match guard.watched() {
                    Some(process) => {
                        self.buffers.places.push(libc::pollfd { fd: process.as_fd().as_raw_fd(), ..place });
                        What::Process(process)
                    }
                    None => {
                        self.buffers.places.push(place);
                        What::Descriptor(guard)
                    }
                })
            }
            Eventtype::CLOCK => {
                Deadline::of(&subscription.union.as_clock()).map(|deadline| self.time(deadline))
            }
            // Locks and condition variables can only be the first; the rest is undefined.
            _ => return Err(Errno::INVAL),
        };
        let what = what.unwrap_or_else(|error| {
            self.happened = true;
            What::Failed(error)
        });
        self.buffers.waits.push(Wait { userdata: subscription.userdata, r#type: subscription.r#type, what });
        Ok(())
    }

    fn time(&mut self, deadline: Option<Deadline>) -> What {
        if let Some(deadline) = deadline {
            self.happened |= deadline.has_passed();
            self.deadlines.add(deadline);
        }
        What::Time(deadline)
    }

    /// Stores an event for each subscription that has one. How many these are.
    fn tell(&self, thread: &Thread, events: GuestSliceMut<Event>) -> Result<u64, Errno> {
        let mut places = self.buffers.places.iter();
        let mut writer = Writer { thread, rest: events.range(), chunk: [Event::ZERO; CHUNK], filled: 0, count: 0 };
        for Wait { userdata, r#type, what } in &self.buffers.waits {
            let event = match what {
                What::Descriptor(object) => {
                    let revents = places.next().map_or(0, |place| place.revents);
                    if revents == 0 { None } else { Some(ready::event(*r#type, object, revents)) }
                }
                What::Process(process) => {
                    let ended = places.next().is_some_and(|place| place.revents != 0);
                    ended.then(|| ready::process(process.termination()))
                }
                What::Time(deadline) => deadline
                    .filter(|deadline| deadline.has_passed())
                    .map(|_| Event { r#type: *r#type, ..Event::ZERO }),
                What::Failed(error) => Some(failed(*r#type, *error)),
            };
            if let Some(event) = event {
                writer.add(Event { userdata: *userdata, ..event })?;
            }
        }
        writer.finish()
    }
}

fn failed(r#type: Eventtype, error: Errno) -> Event {
    Event { r#type, error, ..Event::ZERO }
}
