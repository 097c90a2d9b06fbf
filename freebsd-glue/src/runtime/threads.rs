//! Threads of the program: `thread_create`, and how they end.
//!
//! Each runs on a thread of the host's, made by the C library, with a small stack of its own for the runtime's code. What
//! else a thread needs is a [`Seat`], which another thread gets after it. With the seat it gets the host's thread: that
//! never ends by itself, but sleeps until somebody wants it again. So there is only one place where the C library makes a
//! thread, none where it ends one, and whoever makes a copy of the process can keep the library's own state in order by keeping
//! others from that place.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloudabi_host::descriptors::Table;

use cloudabi_host::enter::{self, Start};
use cloudabi_host::memory::{GuestMemory as _, Plain as _};
use cloudabi_host::parking::Waiter;
use cloudabi_host::runtime::Entry;
use cloudabi_host::shims;
use cloudabi_host::start::ThreadStack;
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::threads::Numbers;
use cloudabi_host::types::{Errno, Tcb, Threadattr, Tid};

use super::object::Object;
use super::{Process, REPLACED, STOPPED, Thread, locks, random, stop};
use crate::memory::{Guest, HostStack};
use crate::{ending, faults, report};

/// Size of the stack that a thread's calls are served on, in bytes. The largest frames are those with paths.
const STACK_SIZE: usize = 256 << 10;

/// The threads of a process.
#[derive(Debug)]
pub struct Threads {
    state: Mutex<State>,
    /// A thread has ended.
    ended: Condvar,
    /// The dispatch table, which all share.
    entries: &'static [Option<Entry>],
}

#[derive(Debug, Default)]
struct State {
    /// The numbers of those that there are.
    numbers: Numbers,
    /// Those that run, with the kernel's numbers of their threads.
    running: Vec<(i64, &'static Seat)>,
    /// Seats that nobody uses. There is room in it for all that there are.
    free: Vec<&'static Seat>,
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
    /// What it handles signals on.
    handler_stack: HostStack,
    /// Whether there is a thread of the host's for it.
    has_host: AtomicBool,
    /// What that thread is to do: one of the words below. It sleeps on it.
    work: AtomicU32,
}

/// The thread of the host's is being made.
const STARTING: u32 = 0;
/// It waits for work.
const IDLE: u32 = 1;
/// It is to run the thread that was prepared.
const WANTED: u32 = 2;

// SAFETY: the cells are only accessed by whoever has the seat: the creator of a thread, and then the thread itself.
unsafe impl Sync for Seat {}

impl std::fmt::Debug for Thread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Thread").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Threads {
    /// Nobody.
    pub fn new() -> Threads {
        let entries = Box::leak(Box::new(shims::entries::<Thread>()));
        Threads { state: Mutex::default(), ended: Condvar::new(), entries }
    }

    /// Gives a new thread a number and a seat.
    ///
    /// # Errors
    /// If the system gives no random number, or no memory.
    pub fn take_seat(&self) -> Result<(&'static Seat, Tid), Errno> {
        let mut state = self.lock();
        if stop::is_stopping() {
            return Err(Errno::INTR);
        }
        let seat = match state.free.pop() {
            Some(seat) => seat,
            None => {
                let seat: &'static Seat = Box::leak(Box::new(Seat::new(self.entries)?));
                state.seats += 1;
                let room = state.seats;
                state.free.reserve(room);
                state.running.reserve(room);
                seat
            }
        };
        match state.numbers.add(random::fill) {
            Ok(id) => {
                seat.waiter.set_thread(id.0);
                Ok((seat, id))
            }
            Err(error) => {
                state.free.push(seat);
                Err(error)
            }
        }
    }

    /// Has a thread of the host's run what its seat was prepared for.
    ///
    /// # Errors
    /// What pthread_create(3) says.
    fn run(&self, seat: &'static Seat) -> Result<(), Errno> {
        // Nobody makes a copy of the process while the C library makes a thread.
        let _state = self.lock();
        if seat.has_host.load(Ordering::Relaxed) {
            seat.put_to_work();
            return Ok(());
        }
        seat.work.store(STARTING, Ordering::Relaxed);
        spawn(seat)?;
        seat.has_host.store(true, Ordering::Relaxed);
        // It has left the C library when it says so.
        while seat.work.load(Ordering::Acquire) == STARTING {
            locks::sleep_while(&seat.work, STARTING);
        }
        seat.put_to_work();
        Ok(())
    }

    /// Takes a number and a seat back from a thread that is not going to use them any more, nor the descriptors. Whether it
    /// was the last one.
    fn leave(&self, seat: &'static Seat, id: Tid, descriptors: &Table<Object>) -> bool {
        let mut state = self.lock();
        state.numbers.remove(id);
        state.running.retain(|(_, running)| !ptr::eq(*running, seat));
        state.free.push(seat);
        if state.numbers.len() == 1 {
            // SAFETY: each thread comes here when it has used them for the last time, and whoever makes another one comes
            // by this lock first.
            unsafe { descriptors.others_are_gone() };
        }
        // Otherwise nobody waits.
        if stop::is_stopping() {
            self.ended.notify_all();
        }
        state.numbers.is_empty()
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
        while state.numbers.len() > 1 {
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
        stop::end();
        true
    }

    /// Keeps threads from beginning and ending, as long as the result lives.
    pub fn hold(&self) -> impl Sized {
        self.lock()
    }

    /// Forgets all threads but the calling one, which is the only one that is left, and gets a new number for the program. The
    /// seats of others that ran are left as they are: what is on them may be in any state.
    pub fn keep_only(&self, thread: &Thread, id: Tid) {
        let mut state = self.lock();
        state.numbers.keep_only(id);
        state.running.retain(|(_, seat)| ptr::eq(seat.block.get(), thread.block));
        let number = number_of_this();
        state.running.iter_mut().for_each(|(running, _)| *running = number);
        // Another thread of the parent's may have been about to stop all others.
        stop::end();
        thread.id.set(id);
        thread.waiter.set_thread(id.0);
    }

    /// In a new process: threads of the host's that the parent had sleep on no seat here.
    pub fn forget_idle(&self) {
        for seat in &self.lock().free {
            seat.has_host.store(false, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kernel's number of the calling thread.
fn number_of_this() -> i64 {
    let mut number = 0;
    // SAFETY: the kernel writes a number to the variable.
    unsafe { libc::thr_self(&raw mut number) };
    number
}

impl Seat {
    fn new(entries: &'static [Option<Entry>]) -> Result<Seat, Errno> {
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
            handler_stack: faults::stack().map_err(|_| Errno::NOMEM)?,
            has_host: AtomicBool::new(false),
            work: AtomicU32::new(STARTING),
        })
    }

    /// Address of the block that the program's thread control block points to.
    pub fn block(&self) -> u64 {
        self.block.get().addr() as u64
    }

    /// Makes the calling thread handle faults on the seat's stack.
    ///
    /// # Errors
    /// What sigaltstack(2) says.
    pub fn handle_faults(&self) -> std::io::Result<()> {
        faults::handle_on(&self.handler_stack, self.block.get())
    }

    /// Says what the thread does that this seat is for.
    ///
    /// # Safety
    /// The seat was just taken, and no thread runs on it yet.
    pub unsafe fn prepare(&'static self, process: &'static Process, guest: Guest, id: Tid, start: Start) {
        let (waiter, block) = (&self.waiter, self.block.get());
        let thread = Thread { process, guest, id: Cell::new(id), next: Cell::new(None), waiter, block };
        // SAFETY: nobody else has the seat.
        unsafe {
            // The thread before may have been stopped.
            (*block).entries = process.threads.entries.as_ptr();
            *self.thread.get() = Some(thread);
            *self.start.get() = Some(start);
        }
    }

    /// Wakes the thread of the host's.
    fn put_to_work(&self) {
        self.work.store(WANTED, Ordering::Release);
        locks::wake_one(&self.work);
    }

    /// What a thread of the host's does: it runs whatever this seat is prepared for, one after the other. It does not come
    /// back: the process ends with the last of the program's threads.
    ///
    /// # Safety
    /// This is the only one for this seat.
    unsafe fn work(&'static self) -> ! {
        loop {
            match self.work.load(Ordering::Acquire) {
                WANTED => {
                    self.work.store(IDLE, Ordering::Relaxed);
                    // SAFETY: whoever wants it has prepared it.
                    unsafe { self.run_prepared() };
                }
                idle => locks::sleep_while(&self.work, idle),
            }
        }
    }

    /// Runs the program's thread that was prepared, on this thread of the host's, and then whatever else comes.
    ///
    /// # Safety
    /// This is the first one for this seat, which was prepared.
    pub unsafe fn run(&'static self) -> ! {
        self.has_host.store(true, Ordering::Relaxed);
        self.work.store(WANTED, Ordering::Relaxed);
        // SAFETY: the caller vouches for it.
        unsafe { self.work() }
    }

    /// Runs the program's thread that was prepared, on this thread of the host's, until it ends.
    ///
    /// # Safety
    /// This is the only one for this preparation.
    unsafe fn run_prepared(&'static self) {
        // SAFETY: the creator of this thread has prepared the seat and does not use it any more.
        let (thread, start) = unsafe { (&*self.thread.get(), &*self.start.get()) };
        let (Some(thread), &Some(mut start)) = (thread, start) else { return };
        if self.handle_faults().is_err() {
            // Without it the program's mistakes would end the process in strange ways.
            report::refused("make a stack for memory faults")
        }
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
                let Some(next) = thread.next.take() else {
                    report::fail("a program was replaced by nothing")
                };
                start = next;
            }
        }
        let process = thread.process;
        let id = thread.id.get();
        if left == STOPPED {
            // It may have been in the middle of something, which must not be touched again.
            // SAFETY: nobody else has the seat, and the reference above is not used any more.
            unsafe { self.thread.get().write(None) };
        }
        if process.threads.leave(self, id, &process.descriptors) {
            ending::exit(0);
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

    let (seat, id) = process.threads.take_seat().map_err(|_| Errno::NOMEM)?;
    let give_up = |error| {
        process.threads.leave(seat, id, &process.descriptors);
        error
    };
    let tcb = Tcb { parent: seat.block() };
    guest.copy_out(control_block, tcb.as_bytes()).map_err(|fault| give_up(fault.into()))?;
    let start =
        Start::thread(attributes.entry_point, id, attributes.argument, stack.top, stack.control_block);
    // SAFETY: the seat was taken just now.
    unsafe { seat.prepare(process, guest, id, start) };
    process.descriptors.share();
    process.threads.run(seat).map_err(give_up)?;
    Ok(id)
}

/// Starts a thread of the host's for a seat. Nobody waits for its end.
fn spawn(seat: &'static Seat) -> Result<(), Errno> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut handle = MaybeUninit::uninit();
    // SAFETY: the attributes are initialised by the first call and destroyed by the last one, and the new thread gets a
    // seat that stays.
    let result = unsafe {
        libc::pthread_attr_init(attributes.as_mut_ptr());
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK_SIZE);
        let argument = ptr::from_ref(seat).cast_mut().cast::<c_void>();
        let result = libc::pthread_create(handle.as_mut_ptr(), attributes.as_ptr(), begin, argument);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        result
    };
    match result {
        0 => Ok(()),
        libc::ENOMEM => Err(Errno::NOMEM),
        _ => Err(Errno::AGAIN),
    }
}

/// Where a thread of the host's begins.
extern "C" fn begin(seat: *mut c_void) -> *mut c_void {
    let seat = seat.cast::<Seat>().cast_const();
    // SAFETY: `spawn` passes a seat that stays, and makes one thread for it.
    unsafe {
        (*seat).work.store(IDLE, Ordering::Release);
        locks::wake_one(&(*seat).work);
        (*seat).work()
    }
}
