//! Where a process says how it ended.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicPtr, Ordering};

use cloudabi_host::types::{Exitcode, Signal};

use super::line::OwnEnd;
use crate::faults;
use crate::generated::signal_to_host;
use crate::launch::{FAILED, Reporter};
use crate::sandbox::world;

/// Whom a process tells its exit code.
#[derive(Debug)]
enum Listener {
    /// Whoever started the program.
    Launcher(Reporter),
    /// Whoever holds the process descriptor.
    Holders(OwnEnd),
}

/// Where a process says how it ended. It takes no lock, which a copy of the process could find taken.
#[derive(Debug)]
pub struct Ending {
    /// From a box. Only a process with one thread replaces it.
    listener: AtomicPtr<Listener>,
}

impl Ending {
    /// For the process that was started from outside.
    pub fn of_first_process(reporter: Reporter) -> Ending {
        Ending { listener: AtomicPtr::new(Box::into_raw(Box::new(Listener::Launcher(reporter)))) }
    }

    fn listener(&self) -> &Listener {
        // SAFETY: it came from a box, and is replaced only when nobody else looks.
        unsafe { &*self.listener.load(Ordering::Acquire) }
    }

    /// Forgets what the parent's was: this process has a line of its own.
    ///
    /// # Safety
    /// This is the only thread.
    pub unsafe fn become_child(&self, end: OwnEnd) {
        faults::tell(end.as_fd().as_raw_fd());
        let new = Box::into_raw(Box::new(Listener::Holders(end)));
        let before = self.listener.swap(new, Ordering::AcqRel);
        // SAFETY: it came from a box, and nobody else is there to look at it.
        drop(unsafe { Box::from_raw(before) });
    }

    /// Notes that the program runs.
    pub fn started(&self) {
        if let Listener::Launcher(reporter) = self.listener() {
            reporter.started();
        }
    }

    /// Notes the exit code. The process is to end right after.
    pub fn exited(&self, code: Exitcode) {
        match self.listener() {
            Listener::Launcher(reporter) => reporter.exited(code),
            Listener::Holders(end) => end.say((code, Signal(0))),
        }
    }

    /// Whether this is the process that was started from outside.
    pub fn is_first(&self) -> bool {
        matches!(self.listener(), Listener::Launcher(_))
    }

    /// Notes that the process sends itself a signal that ends it. Where the kernel would not end it by that, this does, and
    /// does not return.
    pub fn raises(&self, signal: Signal) {
        match self.listener() {
            Listener::Holders(end) => end.say((0, signal)),
            Listener::Launcher(reporter) if world::is_first_process() => {
                reporter.raised(signal_to_host(signal).unwrap_or(libc::SIGKILL));
                // SAFETY: nothing of the process is of use to anybody any more.
                unsafe { libc::_exit(FAILED) }
            }
            // Whoever started the program learns it from the kernel.
            Listener::Launcher(_) => {}
        }
    }

    /// Has the process stopped by the one that started it, where the kernel does not stop it by a signal of its own: asks for
    /// it. Whether it was asked for.
    pub fn asks_to_be_stopped(&self) -> bool {
        match self.listener() {
            Listener::Launcher(reporter) if world::is_first_process() => reporter.stops(),
            _ => false,
        }
    }

    /// The kernel's descriptor that this needs, if any.
    pub fn descriptor(&self) -> Option<i32> {
        match self.listener() {
            Listener::Launcher(_) => None,
            Listener::Holders(end) => Some(end.as_fd().as_raw_fd()),
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // SAFETY: it came from a box, and nobody else has a reference.
        drop(unsafe { Box::from_raw(*self.listener.get_mut()) });
    }
}
