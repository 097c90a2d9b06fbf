//! Processes that somebody holds.

use super::ExitStatus;
use crate::io;
use crate::os::OwnedFd;
use crate::poll::{Event, Happening, Interest, poll};
use crate::time::Duration;

/// A process that this one holds. When the last descriptor of it is closed, this one included, it is killed.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::process::{Child, ExitStatus};
///
/// fn finish(child: Child) -> io::Result<ExitStatus> {
///     child.wait()
/// }
/// ```
#[derive(Debug)]
#[must_use = "the process is killed when this is dropped"]
pub struct Child {
    fd: OwnedFd,
}

impl Child {
    /// Waits for its end. It can be asked again afterwards.
    ///
    /// ```no_run
    /// # use cloudabi::{io, process::Child};
    /// fn went_well(child: &Child) -> io::Result<bool> {
    ///     Ok(child.wait()?.success())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = status(poll(&[Interest::exited(self, 0)])?)? {
                return Ok(status);
            }
        }
    }

    /// How it has ended, if it has.
    ///
    /// ```no_run
    /// # use cloudabi::{io, process::Child};
    /// fn is_running(child: &Child) -> io::Result<bool> {
    ///     Ok(child.try_wait()?.is_none())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Child::wait`].
    pub fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        status(poll(&[Interest::exited(self, 0), Interest::after(Duration::ZERO, 1)])?)
    }

    /// Kills it, if no other process holds it too, and does not wait for its end.
    ///
    /// ```no_run
    /// # use cloudabi::process::Child;
    /// fn stop(child: Child) {
    ///     child.kill();
    /// }
    /// ```
    pub fn kill(self) {}
}

fn status(events: alloc::vec::Vec<Event>) -> io::Result<Option<ExitStatus>> {
    for event in events {
        if let Happening::Exited(status) = event.outcome? {
            return Ok(Some(status));
        }
    }
    Ok(None)
}

crate::args::descriptor_types! {
    Child: "a process", PROCESS;
}
