//! Starting a program: the parent's side.
//!
//! The parent has opened everything and has checked the executable; then it forks. The child becomes the program (`child`); the parent
//! stays outside, passes signals on, waits, and says how the program ended. A program's exit code has 32 bits, of which
//! wait(2) would show 8, so it comes through a page that both share (`status`). What the child has to say
//! before the program runs, or when the runtime itself fails, comes through a pipe.

mod child;
mod signals;
mod status;

use std::io::{self, Read};
use std::os::fd::OwnedFd;

use cloudabi_host::image::Image;
use cloudabi_host::types::Rights;
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions};

use crate::sandbox::Sandbox;
use status::Outcome;
pub(crate) use status::Status;

/// A program, and all that it gets.
#[derive(Debug)]
pub struct Launch {
    /// The executable, open for reading. It is closed before the program runs.
    pub executable: OwnedFd,
    /// What is in it.
    pub image: Image,
    /// The argument data in its binary form.
    pub argument_data: Vec<u8>,
    /// The descriptors, numbered from 0 in this order.
    pub descriptors: Vec<Granted>,
    /// What holds the program in.
    pub sandbox: Sandbox,
}

/// A descriptor that a program gets.
#[derive(Debug)]
pub struct Granted {
    /// What it refers to.
    pub fd: OwnedFd,
    /// What may be done through it, as far as its file type allows.
    pub base: Rights,
    /// What may be done through descriptors that are made from it, as far as its file type allows.
    pub inheriting: Rights,
}

/// Why a program could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The kernel refused something.
    #[error("cannot {doing}: {error}")]
    Host {
        /// What was to be done, after "cannot".
        doing: &'static str,
        /// What the kernel said.
        error: io::Error,
    },
    /// The child failed before the program ran; its own words.
    #[error("{0}")]
    Child(String),
}

/// `map_err` for calls of the kernel's.
pub(crate) fn cannot<E: Into<io::Error>>(doing: &'static str) -> impl FnOnce(E) -> LaunchError {
    move |error| LaunchError::Host { doing, error: error.into() }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exited(u32),
    /// By a signal, with Linux's number for it: signal(7).
    Killed(i32),
}

/// A program that was started.
#[derive(Debug)]
pub struct Running {
    pid: Pid,
    status: Status,
    report: std::fs::File,
}

impl Launch {
    /// Starts the program.
    ///
    /// The process that calls this must have one thread: the child is a copy of it with only the calling thread.
    ///
    /// # Errors
    /// [`LaunchError`], for whatever is found before there is a child. What the child finds is told by
    /// [`Running::wait`].
    pub fn start(self) -> Result<Running, LaunchError> {
        let status = Status::new().map_err(cannot("share memory with the program's process"))?;
        let (report, reporter) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map_err(cannot("make a pipe to the program's process"))?;
        // SAFETY: there is one thread, so that no lock is held by another one in the child.
        match unsafe { libc::fork() } {
            -1 => Err(cannot("make a process")(io::Error::last_os_error())),
            0 => child::run(self, status, reporter),
            pid => {
                // A number that fork(2) returned is positive.
                let pid = Pid::from_raw(pid).ok_or(cannot("make a process")(Errno::INVAL))?;
                signals::pass_on_to(pid);
                Ok(Running { pid, status, report: std::fs::File::from(report) })
            }
        }
    }
}

impl Running {
    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`LaunchError::Child`] if the program did not run at all.
    pub fn wait(mut self) -> Result<End, LaunchError> {
        let status = loop {
            match rustix::process::waitpid(Some(self.pid), WaitOptions::empty()) {
                Ok(Some((_, status))) if status.exited() || status.signaled() => break status,
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(cannot("wait for the program")(error)),
            }
        };
        signals::pass_on_no_more();
        let outcome = self.status.outcome();
        if outcome == Outcome::NotStarted && status.exited() {
            return Err(LaunchError::Child(self.said()));
        }
        Ok(match (status.terminating_signal(), outcome) {
            (Some(signal), _) => End::Killed(signal),
            (None, Outcome::Exited(code)) => End::Exited(code),
            // The program ended itself by a call of Linux's: then this is all there is to know.
            (None, _) => End::Exited(status.exit_status().unwrap_or_default().cast_unsigned()),
        })
    }

    /// What the child wrote to the pipe, as far as it is text.
    fn said(&mut self) -> String {
        let mut text = Vec::new();
        // What was read before an error is all there is.
        let _ = (&mut self.report).take(4096).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text).trim_end().to_string();
        if text.is_empty() { "the program's process ended before the program ran".to_string() } else { text }
    }
}
