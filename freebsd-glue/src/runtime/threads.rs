//! Threads of the program: `thread_create`, and how they end.
//!
//! Each runs on a thread of the host's, made by the C library, with a small stack of its own for the runtime's code. What
//! else a thread needs is a [`Seat`], which another thread gets after it.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudabi_host::enter::{self, Start};
use cloudabi_host::memory::{GuestMemory as _, Plain as _};
use cloudabi_host::parking::Waiter;
use cloudabi_host::runtime::Entry;
use cloudabi_host::shims;
use cloudabi_host::start::ThreadStack;
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::threads::Numbers;
use cloudabi_host::types::{Errno, Tcb, Threadattr, Tid};

use super::{Process, Thread, end, random};
use crate::faults;
use crate::memory::{Guest, HostStack};

/// Size of the stack that a thread's calls are served on, in bytes. The largest frames are those with paths.
const STACK_SIZE: usize = 256 << 10;

/// The threads of a process.
#[derive(Debug)]
pub struct Threads {
    state: Mutex<State>,
    /// The dispatch table, which all share.
    entries: &'static [Option<Entry>],
}

#[derive(Debug, Default)]
struct State {
    /// The numbers of those that there are.
    numbers: Numbers,
    /// Seats that nobody uses.
    free: Vec<&'static Seat>,
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
}

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
        Threads { state: Mutex::default(), entries }
    }

    /// Gives a new thread a number and a seat.
    ///
    /// # Errors
    /// If the system gives no random number, or no memory.
    pub fn take_seat(&self) -> Result<(&'static Seat, Tid), Errno> {
        let mut state = self.lock();
        let seat = match state.free.pop() {
            Some(seat) => seat,
            None => Box::leak(Box::new(Seat::new(self.entries)?)),
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

    /// Takes a number and a seat back from a thread that is not going to use them any more. Whether it was the last one.
    fn leave(&self, seat: &'static Seat, id: Tid) -> bool {
        let mut state = self.lock();
        state.numbers.remove(id);
        state.free.push(seat);
        state.numbers.is_empty()
    }

    /// Forgets all threads but the calling one, which is the only one of a new process, and gets a new number there. The
    /// seats of the others are left as they are: what is on them may be in any state.
    pub fn keep_only(&self, thread: &Thread, id: Tid) {
        self.lock().numbers.keep_only(id);
        thread.id.set(id);
        thread.waiter.set_thread(id.0);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        faults::handle_on(&self.handler_stack)
    }

    /// Says what the thread does that this seat is for.
    ///
    /// # Safety
    /// The seat was just taken, and no thread runs on it yet.
    pub unsafe fn prepare(&'static self, process: &'static Process, guest: Guest, id: Tid, start: Start) {
        let thread =
            Thread { process, guest, id: Cell::new(id), waiter: &self.waiter, block: self.block.get() };
        // SAFETY: nobody else has the seat.
        unsafe {
            *self.thread.get() = Some(thread);
            *self.start.get() = Some(start);
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
        let (Some(thread), Some(start)) = (thread, start) else { return };
        if self.handle_faults().is_err() {
            // Without it the program's mistakes would end the process in strange ways.
            std::process::abort()
        }
        let block = self.block.get();
        // SAFETY: the block is this thread's. It and what it points to stay, the table was made for `Thread`, and this is
        // a thread of the host's.
        unsafe {
            (*block).context = ptr::from_ref(thread).cast_mut().cast();
            enter::run(block, start);
        }
        if thread.process.threads.leave(self, thread.id.get()) {
            end(0);
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
        process.threads.leave(seat, id);
        error
    };
    let tcb = Tcb { parent: seat.block() };
    guest.copy_out(control_block, tcb.as_bytes()).map_err(|fault| give_up(fault.into()))?;
    let start =
        Start::thread(attributes.entry_point, id, attributes.argument, stack.top, stack.control_block);
    // SAFETY: the seat was taken just now.
    unsafe { seat.prepare(process, guest, id, start) };
    process.descriptors.share();
    spawn(seat).map_err(give_up)?;
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
    // SAFETY: `spawn` passes a seat that stays, and that is prepared for this thread.
    unsafe { (*seat.cast::<Seat>().cast_const()).run() };
    ptr::null_mut()
}
