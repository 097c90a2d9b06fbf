//! Starting a program: the parent's side.
//!
//! The parent has opened everything and has checked the executable; then it forks. The child becomes the program (`child`); the parent
//! stays outside, passes signals on, waits, and says how the program ended. A program's exit code has 32 bits, of which
//! wait(2) would show 8, so it comes through a page that both share (`status`). What the child has to say
//! before the program runs, or when the runtime itself fails, comes through a pipe.

mod channel;
mod child;
mod signals;
mod status;

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

use cloudabi_host::image::Image;
use cloudabi_host::types::Rights;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions};

use crate::sandbox::seccomp::Watch;
use crate::sandbox::{Layer, Mode, Refused, Sandbox, world};
use channel::Channel;
pub(crate) use child::reporter;
use status::Outcome;
pub(crate) use status::{Ended, Status};

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
    /// The kernel lacks something that the sandbox needs.
    #[error(
        "this system does not have what `--sandbox={mode}` needs: {part}. With `--sandbox={weaker}` the program \
         would run, held in less firmly"
    )]
    Missing {
        /// What it lacks.
        part: &'static str,
        /// The sandbox that was asked for.
        mode: Mode,
        /// The next weaker one, which works here.
        weaker: Mode,
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

/// What wait(2) says of a process that exits with 127.
const NOT_RUN: i32 = 127 << 8;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exited(u32),
    /// By a signal, with Linux's number for it: signal(7).
    Killed(i32),
}

/// A program that was started.
pub struct Running {
    /// The child of this process.
    child: Pid,
    status: Status,
    /// How the program's first process ended, if the child is not that process but waits for it.
    ended: Option<Ended>,
    report: OwnedFd,
    /// The kernel's number of the program's first process.
    first: i32,
    watch: Option<Watch>,
    on_refusal: Box<dyn FnMut(&Refused)>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("child", &self.child)
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

/// What parent and child share, and the ends of both.
struct Ties {
    status: Status,
    ended: Option<Ended>,
    report: OwnedFd,
    reporter: OwnedFd,
    /// `None` where the child has nothing to say.
    channel: Option<(Channel, Channel)>,
}

impl Launch {
    /// Starts the program.
    ///
    /// The process that calls this must have one thread: the child is a copy of it with only the calling thread.
    ///
    /// # Errors
    /// [`LaunchError`], for whatever is found before there is a child. What the child finds is told by
    /// [`Running::wait`].
    pub fn start(mut self) -> Result<Running, LaunchError> {
        let share = cannot("share memory with the program's process");
        let status = Status::new().map_err(share)?;
        let (report, reporter) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map_err(cannot("make a pipe to the program's process"))?;
        let speaks = self.sandbox.namespaces() != 0 || self.sandbox.has(Layer::Seccomp);
        let channel = speaks.then(channel::pair).transpose();
        let channel = channel.map_err(cannot("make a socket to the program's process"))?;
        let prepared = self.sandbox.prepare(&mut self.descriptors)?;
        let namespaces = self.sandbox.namespaces();
        let kept = namespaces != 0;
        let share = cannot("share memory with the program's keeper");
        let ended = kept.then(Ended::new).transpose().map_err(share)?;
        let ties = Ties { status, ended, report, reporter, channel };
        // SAFETY: there is one thread, so that no lock is held by another one in the child.
        let forked = unsafe { if kept { world::fork_into(namespaces) } else { fork() } };
        match forked {
            Err(error) if kept => Err(self.no_namespaces(error)),
            Err(error) => Err(cannot("make a process")(error)),
            Ok(0) => child::run(self, prepared, ties),
            Ok(pid) => Running::new(pid, ties),
        }
    }

    fn no_namespaces(&self, error: io::Error) -> LaunchError {
        let may_not = [libc::EPERM, libc::ENOSPC, libc::EUSERS, libc::EINVAL, libc::ENOSYS];
        if !error.raw_os_error().is_some_and(|number| may_not.contains(&number)) {
            return cannot("make a process in namespaces of its own")(error);
        }
        LaunchError::Missing {
            part: "user namespaces for this user",
            mode: self.sandbox.mode,
            weaker: crate::sandbox::Features::probe().weaker(self.sandbox),
        }
    }
}

/// # Safety
/// As for fork(2): this process has one thread.
unsafe fn fork() -> io::Result<libc::pid_t> {
    // SAFETY: as the caller says.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(pid),
    }
}

impl Running {
    fn new(pid: libc::pid_t, ties: Ties) -> Result<Running, LaunchError> {
        let Ties { status, ended, report, reporter, channel } = ties;
        drop(reporter);
        // A number that fork(2) returned is positive.
        let child = Pid::from_raw(pid).ok_or(cannot("make a process")(Errno::INVAL))?;
        // It says nothing if it fails; what was wrong is in the pipe then.
        let receive = |(channel, theirs): (Channel, Channel)| {
            drop(theirs);
            channel.receive()
        };
        let hello = channel.map(receive).transpose().map_err(cannot("hear from the program's process"))?;
        let hello = hello.unwrap_or_default();
        let first = if ended.is_some() { hello.process } else { pid };
        match hello.pidfd {
            Some(pidfd) if ended.is_some() => signals::pass_on_to_pidfd(pidfd),
            _ if ended.is_none() => signals::pass_on_to(child),
            _ => {}
        }
        let watch = hello.listener.map(Watch::new);
        Ok(Running { child, status, ended, report, first, watch, on_refusal: Box::new(|_| {}) })
    }

    /// Has something done whenever the sandbox has killed a process for a system call.
    pub fn on_refusal(&mut self, tell: impl FnMut(&Refused) + 'static) {
        self.on_refusal = Box::new(tell);
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`LaunchError::Child`] if the program did not run at all, and [`LaunchError::Runtime`] if the runtime failed.
    pub fn wait(mut self) -> Result<End, LaunchError> {
        let waiting = "wait for the program";
        let refused = self.watch_over().map_err(cannot(waiting))?;
        // The number is the process's until it has been waited for in earnest, so that no signal goes astray.
        let end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(self.child), end))
            .map_err(cannot(waiting))?;
        signals::pass_on_no_more();
        let status = rustix::io::retry_on_intr(|| {
            rustix::process::waitid(WaitId::Pid(self.child), WaitIdOptions::EXITED)
        })
        .map_err(cannot(waiting))?
        .ok_or(Errno::CHILD)
        .map_err(cannot(waiting))?;

        let mut signal = status.terminating_signal();
        let mut code = status.exit_status();
        if let Some(ended) = &self.ended
            && signal.is_none()
        {
            // What the keeper says of the program's first process. It said nothing if there was none.
            let status = ended.status().unwrap_or(NOT_RUN);
            signal = libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status));
            code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
        }
        let outcome = self.status.outcome();
        let said = self.said();
        if outcome == Outcome::NotStarted && code.is_some() {
            let nothing = || "the program's process ended before the program ran".to_string();
            return Err(LaunchError::Child(said.unwrap_or_else(nothing)));
        }
        match (signal, outcome, said) {
            (Some(libc::SIGKILL), ..) if refused => Ok(End::Killed(libc::SIGSYS)),
            (Some(libc::SIGABRT), _, Some(said)) => Err(LaunchError::Runtime(said)),
            (Some(signal), ..) => Ok(End::Killed(signal)),
            (None, Outcome::Exited(code), _) => Ok(End::Exited(code)),
            // The program ended itself by a call of Linux's: then this is all there is to know.
            _ => Ok(End::Exited(code.unwrap_or_default().cast_unsigned())),
        }
    }

    /// Kills whoever makes a forbidden system call, until the child has ended. Whether that was the program's first
    /// process.
    fn watch_over(&mut self) -> io::Result<bool> {
        let Some(watch) = &self.watch else { return Ok(false) };
        let child = rustix::process::pidfd_open(self.child, rustix::process::PidfdFlags::empty())?;
        let mut first = false;
        loop {
            let mut places = [PollFd::new(&child, PollFlags::IN), PollFd::new(watch, PollFlags::IN)];
            match poll(&mut places, None) {
                Err(Errno::INTR) => continue,
                result => result?,
            };
            let [ended, asked] = places.map(|place| place.revents());
            if asked.contains(PollFlags::IN) {
                match watch.refuse() {
                    Ok(Some(refused)) => {
                        first |= refused.process == self.first;
                        (self.on_refusal)(&refused);
                    }
                    Ok(None) => {}
                    // It cannot be found: so all of it has to go.
                    Err(_) => rustix::process::pidfd_send_signal(&child, rustix::process::Signal::KILL)?,
                }
            } else if !ended.is_empty() || !asked.is_empty() {
                // There is nobody left whom the filter holds, or the child has ended.
                return Ok(first);
            }
        }
    }

    /// What the child wrote to the pipe, if anything. A hostile program can write there too.
    fn said(&mut self) -> Option<String> {
        let mut text = [0; 4096];
        // Others may hold the pipe open, if the program has made processes of its own. Nobody waits for them.
        rustix::io::ioctl_fionbio(&self.report, true).ok()?;
        let length = rustix::io::read(&self.report, &mut text).ok()?;
        let text = String::from_utf8_lossy(&text[..length]);
        let shown: String = text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (!shown.is_empty()).then_some(shown)
    }
}
