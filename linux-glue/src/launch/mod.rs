//! Starting a program: the parent's side.
//!
//! The parent has opened everything and has checked the executable; then it forks. The child becomes the program (`child`); the parent
//! stays outside, passes signals on, waits, and says how the program ended. A program's exit code has 32 bits, of which
//! wait(2) would show 8, so it comes through a page that both share (`status`). What the child has to say
//! before the program runs, or when the runtime itself fails, comes through a pipe.

mod child;
mod signals;
mod status;

use std::io;
use std::os::fd::OwnedFd;

use cloudabi_host::image::Image;
use cloudabi_host::types::Rights;
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions};

use crate::sandbox::Sandbox;
pub(crate) use child::reporter;
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
    /// The runtime failed while it served the program: a mistake in it, not in the program.
    #[error("the runtime failed while it served the program: {0}")]
    Runtime(String),
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
    report: OwnedFd,
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
        let parent = rustix::process::getpid();
        // SAFETY: there is one thread, so that no lock is held by another one in the child.
        match unsafe { libc::fork() } {
            -1 => Err(cannot("make a process")(io::Error::last_os_error())),
            0 => child::run(self, parent, status, reporter),
            pid => {
                // A number that fork(2) returned is positive.
                let pid = Pid::from_raw(pid).ok_or(cannot("make a process")(Errno::INVAL))?;
                signals::pass_on_to(pid);
                Ok(Running { pid, status, report })
            }
        }
    }
}

impl Running {
    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`LaunchError::Child`] if the program did not run at all, and [`LaunchError::Runtime`] if the runtime failed.
    pub fn wait(mut self) -> Result<End, LaunchError> {
        // The number is the process's until it has been waited for in earnest, so that no signal goes astray.
        let end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(self.pid), end))
            .map_err(cannot("wait for the program"))?;
        signals::pass_on_no_more();
        let status = rustix::io::retry_on_intr(|| {
            rustix::process::waitid(WaitId::Pid(self.pid), WaitIdOptions::EXITED)
        })
        .map_err(cannot("wait for the program"))?
        .ok_or(Errno::CHILD)
        .map_err(cannot("wait for the program"))?;

        let outcome = self.status.outcome();
        let said = self.said();
        if outcome == Outcome::NotStarted && status.exited() {
            let nothing = || "the program's process ended before the program ran".to_string();
            return Err(LaunchError::Child(said.unwrap_or_else(nothing)));
        }
        match (status.terminating_signal(), outcome, said) {
            (Some(libc::SIGABRT), _, Some(said)) => Err(LaunchError::Runtime(said)),
            (Some(signal), ..) => Ok(End::Killed(signal)),
            (None, Outcome::Exited(code), _) => Ok(End::Exited(code)),
            // The program ended itself by a call of Linux's: then this is all there is to know.
            _ => Ok(End::Exited(status.exit_status().unwrap_or_default().cast_unsigned())),
        }
    }

    /// What the child wrote to the pipe, if anything. A hostile program can write there too.
    fn said(&mut self) -> Option<String> {
        let mut text = vec![0; 4096];
        // Others may hold the pipe open, if the program has made processes of its own. Nobody waits for them.
        rustix::io::ioctl_fionbio(&self.report, true).ok()?;
        let length = rustix::io::read(&self.report, &mut text).ok()?;
        let text = String::from_utf8_lossy(&text[..length]);
        let shown: String = text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (!shown.is_empty()).then_some(shown)
    }
}
