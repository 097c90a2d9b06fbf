//! The runtime: what serves a program's calls, inside the program's process.
//!
//! One [`Process`] holds what all threads share, and each thread has a [`Thread`], which the generated shims call. Both
//! live until the process ends.

mod clocks;
mod deadline;
mod descriptors;
mod exec;
mod files;
mod fork;
pub(crate) mod host_descriptors;
mod locks;
mod object;
mod poll;
mod program;
mod random;
mod raw;
pub(crate) mod signals;
mod sockets;
mod stop;
mod syscalls;
mod threads;

use std::cell::Cell;
use std::os::fd::{AsFd, AsRawFd};
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
use cloudabi_host::types::{Errno, Fd, Signal, Tid};

use crate::generated::errno_from_host;
use crate::memory::{AddressSpace, Guest};
use crate::{ending, report};
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
    /// What is mapped where.
    memory: AddressSpace,
    /// Instructions of the vDSO that may fault.
    recoveries: Mutex<Vec<Recovery>>,
}

impl Process {
    /// The kernel's descriptors that the process needs: those behind the program's, and the runtime's own.
    fn own_descriptors(&self) -> Vec<i32> {
        let mut all: Vec<i32> = report::descriptor().into_iter().collect();
        self.descriptors.for_each_object(|object| all.push(object.as_fd().as_raw_fd()));
        all
    }
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
    /// What it waits with for locks and condition variables.
    waiter: &'static Waiter,
    /// What the vDSO knows of it.
    block: *const ThreadBlock,
}

impl Runtime for Thread {
    type Memory = Guest;
    type Exit = Exit;

    #[inline(always)]
    fn memory(&self) -> &Guest {
        &self.guest
    }

    fn leave(&self, exit: Exit) -> ! {
        match exit {
            Exit::Process(code) => ending::exit(code),
            Exit::Thread { lock, scope } => {
                locks::release_at_exit(self, lock, scope);
                // SAFETY: this is the thread that was entered with this block, and it serves a call. Of the frames up to
                // there only this one and a shim's are left, which have nothing left to do.
                unsafe { enter::leave(self.block, 0) }
            }
            Exit::Fault => {
                // The signal is one that is defined, and ends the process.
                let _ = signals::raise(Signal::SEGV);
                report::fail("a signal that ends processes did not")
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

/// The error of the last call of the C library's that failed, in the ABI's terms.
pub(crate) fn last_error() -> Errno {
    errno_from_host(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}

/// An error of `rustix` in the ABI's terms.
pub(crate) fn error(error: rustix::io::Errno) -> Errno {
    errno_from_host(error.raw_os_error())
}
