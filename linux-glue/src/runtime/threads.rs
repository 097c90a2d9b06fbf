//! Threads of the program: `thread_create`, and how they end.
//!
//! Each runs on a thread of the host's, a [`Carrier`]. What else a thread needs is a [`Seat`], which another thread gets after
//! it. So making a thread needs no more memory from the heap than there have ever been threads at once, and a thread touches
//! the heap neither at its start nor at its end.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::io;
use std::ptr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloudabi_host::descriptors::Table;
use cloudabi_host::enter::{self, Start};
use cloudabi_host::memory::{GuestMemory as _, Plain as _};
use cloudabi_host::parking::Waiter;
use cloudabi_host::runtime::Entry;
use cloudabi_host::start::ThreadStack;
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::threads::Numbers;
use cloudabi_host::types::{Errno, Tcb, Threadattr, Tid};

use super::carrier::Carrier;
use super::object::Object;
use super::{Process, REPLACED, STOPPED, Thread, dispatch, random, stop};
use crate::faults::AlternateStack;
use crate::memory::{Guest, HostStack};

/// How many seats that nobody uses keep what their last thread ran on.
const KEPT: usize = 64;

/// The threads of a process.
#[derive(Debug)]
pub struct Threads {
    state: Mutex<State>,
    /// A thread has ended.
    ended: Condvar,
    /// The dispatch table, which all share.
    entries: &'static [Option<Entry>],
}

#[derive(Debug)]
struct State {
    /// The numbers of those that there are.
    ids: Numbers,
    /// Those that run, with the kernel's numbers of their threads.
    running: Vec<(i32, &'static Seat)>,
    /// Seats that nobody uses, the one that was left last at the end. There is room in it for all that there are.
    free: Vec<&'static Seat>,
    /// How many of these, from the beginning, have given back what their last thread ran on.
    cold: usize,
    /// How many seats there are.
    seats: usize,
}

/// What belongs to a thread of the program. It stays where it is until the process ends.
#[derive(Debug)]
pub struct Seat {
    /// What the vDSO knows of the thread.
    block: UnsafeCell<ThreadBlock>,
    /// What serves its calls.
    thread: UnsafeCell<Option<Thread>>,
    /// Where it begins.
    start: UnsafeCell<Option<Start>>,
    waiter: Waiter,
    /// The memory of its stack for the handler of faults.
    handler_stack: HostStack,
    /// What it runs on.
    carrier: UnsafeCell<Carrier>,
}

// SAFETY: the cells are only accessed by whoever has the seat: the creator of a thread, and then the thread itself. While nobody
// has it, whoever holds the lock accesses what is left of the last thread.
unsafe impl Sync for Seat {}

/// A seat for a thread that does not run yet, and its number.
pub struct Taken {
    /// The seat.
    pub seat: &'static Seat,
    /// The number of the thread.
    pub id: Tid,
}

impl Threads {
    /// Nobody.
    pub fn new() -> Threads {
        let state =
            State { ids: Numbers::default(), running: Vec::new(), free: Vec::new(), cold: 0, seats: 0 };
        let entries = Box::leak(Box::new(dispatch::entries()));
        Threads { state: Mutex::new(state), ended: Condvar::new(), entries }
    }

    /// Gives a new thread a number and a seat.
    ///
    /// # Errors
    /// If the system gives no random number, or no memory.
    pub fn take_seat(&self) -> io::Result<Taken> {
        let mut state = self.lock();
        if stop::is_stopping() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let seat = match state.free.pop() {
            Some(seat) => {
                state.cold = state.cold.min(state.free.len());
                seat
            }
            None => {
                let seat: &'static Seat = Box::leak(Box::new(Seat::new(self.entries)?));
                state.seats += 1;
                let room = state.seats;
                state.free.reserve(room);
                state.running.reserve(room);
                seat
            }
        };
        match state.ids.add(random::fill) {
            Ok(id) => {
                seat.waiter.set_thread(id.0);
                Ok(Taken { seat, id })
            }
            Err(error) => {
                state.free.push(seat);
                Err(error.into())
            }
        }
    }

    /// Takes a number and a seat back from a thread that is not going to use them any more, nor the descriptors. Whether it
    /// was the last one.
    fn leave(&self, Taken { seat, id }: Taken, descriptors: &Table<Object>) -> bool {
        let mut state = self.lock();
        state.ids.remove(id);
        state.running.retain(|(_, running)| !ptr::eq(*running, seat));
        state.free.push(seat);
        if state.free.len() - state.cold > KEPT {
            // SAFETY: nobody has the seat, and this is under the lock.
            unsafe { (*state.free[state.cold].carrier.get()).give_back() };
            state.cold += 1;
        }
        if state.ids.len() == 1 {
            // SAFETY: each thread comes here when it has used them for the last time, and whoever makes another one comes
            // by this lock first.
            unsafe { descriptors.others_are_gone() };
        }
        // Otherwise nobody waits; asking the kernel takes its time.
        if stop::is_stopping() {
            self.ended.notify_all();
        }
        state.ids.is_empty()
    }

    /// Stops all threads but the calling one: returns when they are gone. Whether this thread may go on: it may not if
    /// another one is doing the same.
    ///
    /// The caller holds none of the runtime's locks.
    pub fn stop_others(&self, thread: &Thread) -> bool {
        let mut state = self.lock();
        if !stop::begin() {
            return false;
        }
        let mut pause = Duration::from_micros(100);
        while state.ids.len() > 1 {
            for (number, seat) in &state.running {
                let block = seat.block.get();
                if !ptr::eq(block, thread.block) {
                    // SAFETY: seats stay, and this one is taken out of the list before its thread ends.
                    unsafe { stop::ask_to_go(*number, block) };
                }
            }
            state = self.ended.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
            pause = (pause * 2).min(Duration::from_millis(10));
        }
        // They have left, but may not have come to their very end.
        for seat in &state.free {
            // SAFETY: nobody has the seat, and this is under the lock.
            unsafe { (*seat.carrier.get()).wait() };
        }
        stop::end();
        true
    }

    /// Keeps threads from beginning and ending, as long as the result lives.
    pub fn hold(&self) -> impl Sized {
        self.lock()
    }

    /// Forgets all threads but the calling one, which is the only one of a new process, and gets a new number there, `id`
    /// for the program and `number` for the kernel. The seats of the others are left as they are: what is on them may be in
    /// any state.
    pub fn keep_only(&self, thread: &Thread, id: Tid, number: i32) {
        let mut state = self.lock();
        state.ids.keep_only(id);
        state.running.retain(|(_, seat)| ptr::eq(seat.block.get(), thread.block));
        state.running.iter_mut().for_each(|(running, _)| *running = number);
        for seat in &state.free {
            // SAFETY: nobody has the seat, and this is under the lock.
            unsafe { (*seat.carrier.get()).is_no_more() };
        }
        // Another thread of the parent's may have been about to stop all others.
        stop::end();
        thread.id.set(id);
        thread.waiter.set_thread(id.0);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kernel's number of the calling thread.
pub fn number_of_this() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

impl Seat {
    fn new(entries: &'static [Option<Entry>]) -> io::Result<Seat> {
        Ok(Seat {
            block: UnsafeCell::new(ThreadBlock {
                // These two are set when the thread enters the program.
                host_thread_pointer: 0,
                host_stack: ptr::null_mut(),
                entries: entries.as_ptr(),
                context: ptr::null_mut(),
            }),
            thread: UnsafeCell::new(None),
            start: UnsafeCell::new(None),
            waiter: Waiter::new(0),
            handler_stack: AlternateStack::memory()?,
            carrier: UnsafeCell::default(),
        })
    }

    /// Address of the block that the program's thread control block points to.
    pub fn block(&self) -> u64 {
        self.block.get().addr() as u64
    }

    /// Says what the thread does that this seat is for.
    ///
    /// # Safety
    /// The seat was just taken, and no thread runs on it yet.
    pub unsafe fn prepare(&'static self, process: &'static Process, guest: Guest, id: Tid, start: Start) {
        let (waiter, block) = (&self.waiter, self.block.get());
        let thread = Thread {
            process,
            guest,
            id: Cell::new(id),
            next: Cell::new(None),
            waiter,
            block,
            poll: Default::default(),
        };
        // SAFETY: nobody else has the seat.
        unsafe {
            // The thread before may have been stopped.
            (*self.block.get()).entries = process.threads.entries.as_ptr();
            *self.thread.get() = Some(thread);
            *self.start.get() = Some(start);
        }
    }

    /// Makes this thread of the host's handle faults on the seat's stack, for as long as the result is there.
    ///
    /// # Errors
    /// What `sigaltstack` says.
    ///
    /// # Safety
    /// No other thread handles faults on it.
    pub unsafe fn handle_faults(&'static self) -> io::Result<AlternateStack> {
        // SAFETY: the seat stays, and the caller promises the rest.
        unsafe {
            let installed = AlternateStack::install_on(&self.handler_stack)?;
            AlternateStack::belongs_to(&self.handler_stack, self.block.get());
            Ok(installed)
        }
    }

    /// Runs the program's thread that was prepared, on this thread of the host's, until it ends. The process ends with
    /// the last of its threads.
    ///
    /// # Safety
    /// This is the only one for this preparation.
    pub unsafe fn run(&'static self) {
        // SAFETY: the creator of this thread has prepared the seat and does not use it any more.
        let (thread, start) = unsafe { (&*self.thread.get(), &*self.start.get()) };
        let (Some(thread), &Some(mut start)) = (thread, start) else { return };
        // SAFETY: the memory belongs to this seat and so to this thread, until it leaves below.
        let Ok(handler_stack) = (unsafe { self.handle_faults() }) else {
            // Without it the program's mistakes would end the process in strange ways.
            std::process::abort()
        };
        let block = self.block.get();
        stop::runs(block);
        thread.process.threads.lock().running.push((number_of_this(), self));
        let mut left;
        // SAFETY: the block is this thread's. It and what it points to stay, the table was made for `Thread`, and this is
        // a thread of the host's.
        unsafe {
            (*block).context = ptr::from_ref(thread).cast_mut().cast();
            loop {
                left = enter::run(block, &start);
                if left != REPLACED {
                    break;
                }
                let Some(next) = thread.next.take() else { std::process::abort() };
                start = next;
            }
        }
        drop(handler_stack);
        let process = thread.process;
        let id = thread.id.get();
        if left == STOPPED {
            // It may have been in the middle of something, which must not be touched again.
            // SAFETY: nobody else has the seat, and the reference above is not used any more.
            unsafe { self.thread.get().write(None) };
        }
        if process.threads.leave(Taken { seat: self, id }, &process.descriptors) {
            process.end(0);
        }
    }
}

/// `thread_create`
pub fn create(thread: &Thread, attributes: &Threadattr) -> Result<Tid, Errno> {
    let Thread { process, guest, .. } = *thread;
    let stack = ThreadStack::new(attributes.stack, attributes.stack_len).ok_or(Errno::INVAL)?;
    let control_block = guest.region().range(stack.control_block, size_of::<Tcb>() as u64)?;
    // What is not even there is not memory of the program's.
    guest.copy_in(guest.region().range(attributes.entry_point, 1)?, &mut [0])?;

    let Taken { seat, id } = process.threads.take_seat().map_err(|_| Errno::NOMEM)?;
    let give_up = |error| {
        process.threads.leave(Taken { seat, id }, &process.descriptors);
        error
    };
    let tcb = Tcb { parent: seat.block() };
    guest.copy_out(control_block, tcb.as_bytes()).map_err(|fault| give_up(fault.into()))?;
    let start =
        Start::thread(attributes.entry_point, id, attributes.argument, stack.top, stack.control_block);
    // SAFETY: the seat was taken just now.
    unsafe { seat.prepare(process, guest, id, start) };
    process.descriptors.share();
    let argument = ptr::from_ref(seat).cast_mut().cast();
    // SAFETY: nobody else has the seat. It stays, so that the new thread can take it, which is prepared for it.
    unsafe { (*seat.carrier.get()).start(begin, argument) }.map_err(give_up)?;
    Ok(id)
}

/// Where a thread of the host's begins.
extern "C" fn begin(seat: *mut c_void) -> *mut c_void {
    // SAFETY: `create` passes a seat that stays, and that is prepared for this thread.
    unsafe { (*seat.cast::<Seat>().cast_const()).run() };
    ptr::null_mut()
}
