//! Starting a program: the parent's side.
//!
//! The parent has opened everything and has checked the executable; then it forks. The child becomes the program (`child`); the parent
//! stays outside, passes signals on, waits, and says how the program ended. What wait(2) does not show of that comes through a
//! pipe (`report`), as does what the child has to say before the program runs, or when the runtime itself fails.
//!
//! Where the program has a namespace of processes, it is that one's first process: when it ends, the kernel ends whatever is
//! left. The kernel also keeps that process from ending by signals, which the parent makes up for (`signals`), and the
//! runtime where the program raises one.

mod attend;
mod channel;
mod child;
mod crash;
mod report;
mod signals;

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

use cloudabi_host::image::Image;
use cloudabi_host::types::Rights;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, WaitId, WaitIdOptions};

use crate::sandbox::seccomp::Watch;
use crate::sandbox::{Layer, Mode, Refused, Sandbox, world};
use crate::trace::{self, Listener, Trace};
use channel::Channel;
pub(crate) use child::{FAILED, placed};
pub(crate) use crash::identity;
pub use crash::{Access, Cause, CodePlace, Crash, Placed};
pub use report::{ACCOUNT_RECORD, Report};
pub(crate) use report::{Reporter, account_record, descriptor as reporter, tell_account};

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
    /// What of its calls is to be seen.
    pub trace: Option<Trace>,
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
    /// For a socket: whether directories of processes that are not held in may come through it. See
    /// [`Sandbox::foreign_directories`].
    pub foreign_directories: bool,
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
         would run, {}",
        match .weaker {
            Mode::None => "and nothing would hold it in",
            _ => "held in less firmly",
        }
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

/// How many refusals and how many accounts of mistakes are passed on, if nobody wants more: a hostile program can bring about
/// any number of either.
const MOST_TOLD: u32 = 32;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exited(u32),
    /// By a signal, with Linux's number for it: signal(7).
    Killed(i32),
}

/// Whether somebody has asked this process to end, with the program that it has started: a signal came that was passed on.
/// Then nobody is to wait for anybody else any more.
pub fn is_to_end() -> bool {
    signals::passed_on().is_some()
}

/// What to do when a mistake has ended a process; it gets the executable that was started, too.
type TellCrash = dyn FnMut(&Crash, &OwnedFd);

/// How often somebody was told.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    refusals: u32,
    accounts: u32,
}

/// A program that was started.
pub struct Running {
    /// The child of this process, with the program inside.
    child: Pid,
    /// Whether that is the first process of a namespace, which has to ask when it wants to be stopped.
    first: bool,
    report: OwnedFd,
    watch: Option<Watch>,
    /// The executable, as it was opened.
    executable: OwnedFd,
    on_refusal: Box<dyn FnMut(&Refused)>,
    on_crash: Box<TellCrash>,
    on_placed: Box<dyn FnMut(&Placed)>,
    /// How many refusals and how many accounts were passed on, and how many of each may be.
    told_of: Told,
    most_told: u32,
    tracing: Option<trace::Outside>,
    listener: Option<Box<dyn Listener>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("child", &self.child).finish_non_exhaustive()
    }
}

/// The ends that parent and child have of what is between them.
struct Ties {
    report: OwnedFd,
    reporter: OwnedFd,
    /// `None` where the child has nothing to send.
    channel: Option<(Channel, Channel)>,
    tracing: Option<(trace::Outside, trace::Inside)>,
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
        // Nobody waits for what is written or read.
        let flags = PipeFlags::CLOEXEC | PipeFlags::NONBLOCK;
        let (report, reporter) =
            rustix::pipe::pipe_with(flags).map_err(cannot("make a pipe to the program's process"))?;
        let channel = self.sandbox.has(Layer::Seccomp).then(channel::pair).transpose();
        let channel = channel.map_err(cannot("make a socket to the program's process"))?;
        let prepared = self.sandbox.prepare(&mut self.descriptors)?;
        let tracing = self.trace.map(trace::pair).transpose();
        let tracing = tracing.map_err(cannot("make a socket that calls are told over"))?;
        let ties = Ties { report, reporter, channel, tracing };
        let namespaces = self.sandbox.namespaces();
        let first = self.sandbox.has(Layer::Processes);
        let held = signals::Held::new();
        // SAFETY: there is one thread, so that no lock is held by another one in the child.
        let forked = unsafe { if namespaces == 0 { fork() } else { world::fork_into(namespaces) } };
        match forked {
            Err(error) if namespaces != 0 => Err(self.no_namespaces(error)),
            Err(error) => Err(cannot("make a process")(error)),
            Ok(0) => child::run(self, prepared, ties),
            Ok(pid) => Running::new(pid, first, self.executable, ties, held),
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
    fn new(
        pid: libc::pid_t,
        first: bool,
        executable: OwnedFd,
        ties: Ties,
        held: signals::Held,
    ) -> Result<Running, LaunchError> {
        let Ties { report, reporter, channel, tracing } = ties;
        drop(reporter);
        let tracing = tracing.map(|(outside, inside)| {
            drop(inside);
            outside
        });
        // A number that fork(2) returned is positive.
        let child = Pid::from_raw(pid).ok_or(cannot("make a process")(Errno::INVAL))?;
        signals::pass_on_to(child, first);
        drop(held);
        let receive = |(channel, theirs): (Channel, Channel)| {
            drop(theirs);
            channel.receive()
        };
        // Nothing arrives if the child fails; what was wrong is in the pipe then.
        let listener = channel.map(receive).transpose().map_err(cannot("hear from the program's process"))?;
        let watch = listener.flatten().map(Watch::new);
        Ok(Running {
            child,
            first,
            report,
            watch,
            executable,
            on_refusal: Box::new(|_| {}),
            on_crash: Box::new(|_, _| {}),
            on_placed: Box::new(|_| {}),
            told_of: Told::default(),
            most_told: MOST_TOLD,
            tracing,
            listener: None,
        })
    }

    /// Has something done whenever a mistake ends a process of the program's. It gets the executable that was started, too.
    pub fn on_crash(&mut self, tell: impl FnMut(&Crash, &OwnedFd) + 'static) {
        self.on_crash = Box::new(tell);
    }

    /// Has something done whenever a program is about to run in the process that was started, where debuggers may look into
    /// that: [`Sandbox::debug`].
    pub fn on_placed(&mut self, tell: impl FnMut(&Placed) + 'static) {
        self.on_placed = Box::new(tell);
    }

    /// Has somebody told of the program's calls, as [`Launch::trace`] says.
    pub fn on_calls(&mut self, listener: Box<dyn Listener>) {
        self.listener = Some(listener);
    }

    /// Has something done whenever the sandbox has killed a process for a system call.
    pub fn on_refusal(&mut self, tell: impl FnMut(&Refused) + 'static) {
        self.on_refusal = Box::new(tell);
    }

    /// Has at most so many refusals passed on, and so many mistakes and places together. It is 32 of each otherwise.
    pub fn tell_of_at_most(&mut self, number: u32) {
        self.most_told = number;
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`LaunchError::Child`] if the program did not run at all, and [`LaunchError::Runtime`] if the runtime failed.
    pub fn wait(mut self) -> Result<End, LaunchError> {
        let waiting = "wait for the program";
        let mut report = Report::default();
        let refused = self.attend(&mut report).map_err(cannot(waiting))?;
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

        self.read(&mut report);
        match status.terminating_signal() {
            Some(libc::SIGKILL) if refused => Ok(End::Killed(libc::SIGSYS)),
            Some(libc::SIGKILL) => Ok(End::Killed(signals::passed_on().unwrap_or(libc::SIGKILL))),
            Some(signal) => Ok(End::Killed(signal)),
            None => match report {
                Report { failed: Some(why), .. } => Err(LaunchError::Child(why)),
                Report { broke: Some(how), .. } => Err(LaunchError::Runtime(how)),
                Report { raised: Some(signal), .. } => Ok(End::Killed(signal)),
                Report { exited: Some(code), .. } => Ok(End::Exited(code)),
                _ => Ok(End::Exited(status.exit_status().unwrap_or_default().cast_unsigned())),
            },
        }
    }
}
