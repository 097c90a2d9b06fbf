//! The runtime: what serves a program's calls, inside the program's process.
//!
//! One [`Process`] holds what all threads share, and each thread has a [`Thread`], which the generated shims call. Both
//! live until the process ends.

mod carrier;
mod clocks;
mod deadline;
mod descriptors;
mod dispatch;
mod ending;
mod exec;
mod files;
mod fork;
pub(crate) mod host_descriptors;
mod host_vdso;
mod line;
mod locks;
mod object;
mod placement;
mod poll;
mod program;
mod raised;
mod random;
mod raw;
pub(crate) mod signals;
mod sockets;
mod stop;
mod syscalls;
mod threads;
pub(crate) mod trace;
mod transfer;

use std::cell::{Cell, RefCell};
use std::os::fd::AsRawFd;
use std::sync::Mutex;

use cloudabi_host::copy::Recovery;
use cloudabi_host::descriptors::{Guard, Table};
use cloudabi_host::enter::{self, Start};
use cloudabi_host::exit::Exit;
use cloudabi_host::parking::{Lot, Waiter};
use cloudabi_host::replacement::REPLACED;
use cloudabi_host::runtime::Runtime;
use cloudabi_host::stopping::STOPPED;
use cloudabi_host::syscalls::{Descriptors, NeededRights};
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::types::{Errno, Exitcode, Fd, Tid};

use crate::files::Files;
use crate::memory::{AddressSpace, Guest};
use ending::Ending;
use object::Object;
pub(crate) use program::Program;
use threads::Threads;

/// What the threads of a program share.
pub struct Process {
    /// Where threads wait for locks and condition variables of this process.
    lot: Lot,
    /// Which threads there are.
    threads: Threads,
    /// The program's descriptors.
    descriptors: Table<Object>,
    /// How files are reached.
    files: Files,
    /// What is mapped where.
    memory: AddressSpace,
    /// Instructions of the vDSO that may fault.
    recoveries: Mutex<Vec<Recovery>>,
    /// Where others learn of the end.
    ending: Ending,
}

/// What serves the calls of one thread.
pub struct Thread {
    process: &'static Process,
    /// Access to the program's memory.
    guest: Guest,
    /// Its number.
    id: Cell<Tid>,
    /// Where the program begins that replaces the one that runs: see [`REPLACED`].
    next: Cell<Option<Start>>,
    /// Memory for `poll`.
    poll: RefCell<poll::Buffers>,
    /// What it waits with for locks and condition variables.
    waiter: &'static Waiter,
    /// What the vDSO knows of it.
    block: *const ThreadBlock,
}

impl Process {
    /// The kernel's descriptors that the process needs: those behind the program's, and the runtime's own.
    fn own_descriptors(&self) -> Vec<i32> {
        let mut all: Vec<i32> =
            self.ending.descriptor().into_iter().chain(crate::launch::reporter()).collect();
        all.extend(trace::descriptor());
        self.descriptors
            .for_each_object(|object| all.extend(object.host_descriptors().map(|fd| fd.as_raw_fd())));
        all
    }

    /// Ends the process with this exit code.
    fn end(&self, code: Exitcode) -> ! {
        self.ending.exited(code);
        // The parent reads all bits of the code elsewhere. Whoever sees only these must not take a failure for success.
        let shown = if code == 0 { 0 } else { (code & 0xff).max(1) };
        // SAFETY: nothing of the process is of use to anybody any more.
        unsafe { libc::_exit(shown.cast_signed()) }
    }
}

impl Runtime for Thread {
    type Memory = Guest;
    type Exit = Exit;

    #[inline(always)]
    fn memory(&self) -> &Guest {
        &self.guest
    }

    fn leave(&self, exit: Exit) -> ! {
        trace::does_not_return(false);
        match exit {
            Exit::Process(code) => self.process.end(code),
            Exit::Thread { lock, scope } => {
                locks::release_at_exit(self, lock, scope);
                // SAFETY: this is the thread that was entered with this block, and it serves a call. Of the frames up to
                // there only this one and a shim's are left, which have nothing left to do.
                unsafe { enter::leave(self.block, 0) }
            }
            Exit::Fault => {
                let signal = cloudabi_host::types::Signal::SEGV;
                self.process.ending.raises(signal);
                // The signal is one that is defined, and ends the process.
                let _ = signals::raise(signal);
                std::process::abort()
            }
        }
    }
}

impl Descriptors for Thread {
    type Descriptor<'a> = Guard<'a, Object>;

    #[inline(always)]
    fn descriptor(&self, fd: Fd, needed: NeededRights) -> Result<Guard<'_, Object>, Errno> {
        self.process.descriptors.look_up(fd, needed)
    }
}
