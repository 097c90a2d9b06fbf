//! `poll`: waits for descriptors, clocks, processes, locks and condition variables, and tells what has happened.
//!
//! Here a program's subscriptions become what Linux can wait for, and what is ready becomes events. How long to sleep
//! is decided in [`wait`], and what there is to say about a descriptor in [`ready`].

mod ready;
mod wait;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use cloudabi_host::descriptors::Guard;
use cloudabi_host::memory::{
    GuestMemory as _, GuestRange, GuestSlice, GuestSliceMut, bytes_of_slice, bytes_of_slice_mut,
};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::syscalls::poll_in_needs;
use cloudabi_host::types::{Errno, Event, Eventtype, Subscription, Userdata};

use super::deadline::Deadline;
use super::line::{self, Watched};
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
    /// The descriptors among them, in the same order.
    objects: Vec<Guard<'static, Object>>,
    /// One place for each descriptor and each process among them, in the same order: poll(2).
    places: Vec<libc::pollfd>,
}

/// A subscription that has been looked at.
struct Wait {
    userdata: Userdata,
    r#type: Eventtype,
    what: What,
}

enum What {
    Descriptor,
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
        if let Eventtype::FD_READ | Eventtype::FD_WRITE | Eventtype::PROC_TERMINATE = subscription.r#type {
            return one(thread, &subscription, events);
        }
    }
    several(thread, subscriptions, events)
}

/// Waits for more than one thing, or for something other than a descriptor.
// Not expanded into its caller, which gets by with much less memory.
#[inline(never)]
fn several(
    thread: &Thread,
    subscriptions: GuestSlice<Subscription>,
    events: GuestSliceMut<Event>,
) -> Result<u64, Errno> {
    let memory = thread.memory();
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
fn one(thread: &Thread, subscription: &Subscription, events: GuestSliceMut<Event>) -> Result<u64, Errno> {
    let Subscription { r#type, userdata, .. } = *subscription;
    let event = match look_up(thread, subscription) {
        Err(error) => failed(r#type, error),
        Ok(object) if r#type == Eventtype::PROC_TERMINATE => one_process(thread, object, events)?,
        Ok(object) => {
            let mut places = [place(&*object, r#type)];
            if !wait::look(&mut places).map_err(super::object::error)? {
                nobody_waits_in_vain(thread, events)?;
                wait::for_descriptors(&mut places).map_err(super::object::error)?;
            }
            ready::event(r#type, &object, places[0].revents)
        }
    };
    events.store(thread.memory(), &[Event { userdata, ..event }])?;
    Ok(1)
}

/// Waits for the end of a process.
#[inline(never)]
fn one_process(
    thread: &Thread,
    object: Guard<'static, Object>,
    events: GuestSliceMut<Event>,
) -> Result<Event, Errno> {
    nobody_waits_in_vain(thread, events)?;
    let wait_for = |fd: BorrowedFd<'_>| {
        wait::for_descriptors(&mut [place(fd, Eventtype::PROC_TERMINATE)]).map_err(super::object::error)
    };
    let held_by_one = !thread.process.descriptors.is_used_by_several();
    let (Some(line), watched) = (object.line(), if held_by_one { None } else { object.watched() }) else {
        return Ok(failed(Eventtype::PROC_TERMINATE, Errno::NOTSUP));
    };
    let Some(process) = watched else {
        // Nobody closes it meanwhile, or there are no descriptors left.
        wait_for(object.as_fd())?;
        return Ok(ready::process(line.end_of(object.as_fd())));
    };
    drop(object);
    wait_for(process.as_fd())?;
    Ok(ready::process(process.end()))
}

/// To be asked before a wait: whether the program can be told what happens.
fn nobody_waits_in_vain(thread: &Thread, events: GuestSliceMut<Event>) -> Result<(), Errno> {
    Ok(thread.memory().probe_write(events.range())?)
}

/// The descriptor of a subscription, which has one.
#[inline(always)]
fn look_up(thread: &Thread, subscription: &Subscription) -> Result<Guard<'static, Object>, Errno> {
    let (fd, needed) = poll_in_needs(subscription).ok_or(Errno::INVAL)?;
    thread.process.descriptors.look_up(fd, needed)
}

/// What to wait for, as Linux takes it.
#[inline(always)]
fn place(fd: impl AsFd, r#type: Eventtype) -> libc::pollfd {
    let events = match r#type {
        Eventtype::FD_READ => libc::POLLIN | libc::POLLRDHUP,
        Eventtype::FD_WRITE => libc::POLLOUT,
        _ => line::ending(),
    };
    libc::pollfd { fd: fd.as_fd().as_raw_fd(), events, revents: 0 }
}

impl Buffers {
    fn clear(&mut self) {
        self.waits.clear();
        self.objects.clear();
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
    #[inline(always)]
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
        self.buffers.objects.try_reserve(count).map_err(|_| Errno::NOMEM)?;
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

    #[inline(always)]
    fn add(&mut self, thread: &Thread, subscription: &Subscription) -> Result<(), Errno> {
        let Subscription { userdata, r#type, .. } = *subscription;
        if let Eventtype::FD_READ | Eventtype::FD_WRITE = r#type
            && let Ok(object) = look_up(thread, subscription)
        {
            self.buffers.places.push(place(&*object, r#type));
            // Here and not below, so that what was looked up is written to its place from registers.
            self.buffers.objects.push(object);
            self.buffers.waits.push(Wait { userdata, r#type, what: What::Descriptor });
            return Ok(());
        }
        let what = self.other(thread, subscription)?;
        self.buffers.waits.push(Wait { userdata, r#type, what });
        Ok(())
    }

    /// What is no descriptor to be read or written, or none that can be.
    #[inline(never)]
    fn other(&mut self, thread: &Thread, subscription: &Subscription) -> Result<What, Errno> {
        let what = match subscription.r#type {
            Eventtype::FD_READ | Eventtype::FD_WRITE => look_up(thread, subscription).map(|object| {
                self.buffers.places.push(place(&*object, subscription.r#type));
                self.buffers.objects.push(object);
                What::Descriptor
            }),
            Eventtype::PROC_TERMINATE => look_up(thread, subscription).and_then(|object| {
                if object.line().is_none() {
                    return Err(Errno::NOTSUP);
                }
                let Some(process) = object.watched() else {
                    self.buffers.places.push(place(&*object, subscription.r#type));
                    self.buffers.objects.push(object);
                    return Ok(What::Descriptor);
                };
                self.buffers.places.push(place(&process, subscription.r#type));
                Ok(What::Process(process))
            }),
            Eventtype::CLOCK => {
                Deadline::of(&subscription.union.as_clock()).map(|deadline| self.time(deadline))
            }
            // Locks and condition variables can only be the first; the rest is undefined.
            _ => return Err(Errno::INVAL),
        };
        Ok(what.unwrap_or_else(|error| {
            self.happened = true;
            What::Failed(error)
        }))
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
        let (mut places, mut objects) = (self.buffers.places.iter(), self.buffers.objects.iter());
        let mut writer =
            Writer { thread, rest: events.range(), chunk: [Event::ZERO; CHUNK], filled: 0, count: 0 };
        for Wait { userdata, r#type, what } in &self.buffers.waits {
            let event = match what {
                What::Descriptor => {
                    let revents = places.next().map_or(0, |place| place.revents);
                    let object = objects.next().filter(|_| revents != 0);
                    object.map(|object| ready::event(*r#type, object, revents))
                }
                What::Process(process) => {
                    let ended = places.next().is_some_and(|place| place.revents != 0);
                    ended.then(|| ready::process(process.end()))
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
