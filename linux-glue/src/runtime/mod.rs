//! The runtime: what serves a program's calls, inside the program's process.
//!
//! One [`Process`] holds what all threads share, and each thread has a [`Thread`], which the generated shims call. Both
//! live until the process ends.

mod clocks;
mod deadline;
mod descriptors;
mod dispatch;
mod files;
mod host_vdso;
mod locks;
mod object;
mod poll;
mod program;
mod raw;
pub(crate) mod signals;
mod sockets;
mod syscalls;
mod transfer;

use std::cell::RefCell;

use cloudabi_host::descriptors::{Guard, Table};
use cloudabi_host::runtime::Runtime;
use cloudabi_host::syscalls::{Descriptors, NeededRights};
use cloudabi_host::types::{Errno, Fd};

use crate::files::Files;
use crate::launch::Status;
use crate::memory::{AddressSpace, Guest};
use object::Object;
pub(crate) use program::Program;

/// What the threads of a program share.
pub struct Process {
    /// The program's descriptors.
    descriptors: Table<Object>,
    /// How files are reached.
    files: Files,
    /// What is mapped where.
    memory: AddressSpace,
    /// Where the parent learns of the end.
    status: Status,
}

/// What serves the calls of one thread.
pub struct Thread {
    process: &'static Process,
    /// Access to the program's memory.
    guest: Guest,
    /// Memory for `poll`.
    poll: RefCell<poll::Buffers>,
}

/// How a thread or the process ends.
#[derive(Clone, Copy, Debug)]
pub enum Exit {
    /// The process ends, with this exit code.
    Process(u32),
    /// The process ends as if the program had touched memory that is not its own.
    Fault,
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
            Exit::Process(code) => {
                self.process.status.exited(code);
                // The parent reads all bits of the code elsewhere. Whoever sees only these must not take a failure for
                // success.
                let shown = if code == 0 { 0 } else { (code & 0xff).max(1) };
                // SAFETY: nothing of the process is of use to anybody any more.
                unsafe { libc::_exit(shown.cast_signed()) }
            }
            Exit::Fault => {
                // The signal is one that is defined, and ends the process.
                let _ = signals::raise(cloudabi_host::types::Signal::SEGV);
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
