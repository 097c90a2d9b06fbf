//! The line between a process and whoever holds its process descriptor: one end each of a pair of connected sockets.
//!
//! - The process says there how it ends: its exit code, of which wait(2) would show 8 bits, or the signal that it sends
//!   itself. Whoever holds the other end looks at it without taking it away, so that all who hold the process learn it.
//! - When the last holder's end is closed, by whatever means and in whatever process, the kernel sends the process
//!   `SIGKILL`: `F_SETSIG` and `O_ASYNC` of fcntl(2). The parent-death signal would follow the thread that forked.
//!
//! A process that does not run the program as it is meant to can leave the line. So whoever has not shared the descriptor
//! with another process also kills by the pidfd.
//!
//! Without pidfds ([`Shortcut::Pidfd`]) the line is all there is of a process: what stands for the pidfd is a duplicate of the
//! holder's end, which hangs up when the process has gone.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use cloudabi_host::types::{Exitcode, Signal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, recv, send, shutdown, socketpair,
};
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::faults;
use crate::generated::signal_from_host;
use crate::shortcuts::Shortcut;

/// What the parent says when the process may run the program.
const GO: [u8; 1] = *b"+";

/// How many times this process was copied, or one that it is a copy of. What was made at another count may be shared.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// What a process says in the end: the signal or 0, and the exit code.
const SAID: usize = 1 + size_of::<Exitcode>();

const _: () = assert!(SAID == faults::FAULT, "a fault is told in the same words");

/// How a process ended: the exit code, and 0 or the signal that ended it.
pub type Termination = (Exitcode, Signal);

/// What a holder of a process has beside the pidfd.
#[derive(Debug)]
pub struct Line {
    /// Missing if the sender of the process descriptor passed none on.
    end: Option<OwnedFd>,
    /// [`FORKS`] when the process was made.
    forks: u64,
    passed_on: AtomicBool,
    /// Whether the process is known to have ended.
    ended: AtomicBool,
}

/// A process's own end of the line.
#[derive(Debug)]
pub struct OwnEnd(OwnedFd);

/// A pair of ends that nobody has been given yet.
pub fn pair() -> Result<(OwnedFd, OwnedFd), Errno> {
    socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
}

/// What to wait for the end of this child with, where `end` is the holder's end of the line to it.
///
/// # Errors
/// Whatever pidfd_open(2) answers, or fcntl(2) to `F_DUPFD_CLOEXEC`.
pub fn pidfd(child: Pid, end: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    if Shortcut::Pidfd.is_taken() {
        pidfd_open(child, PidfdFlags::empty())
    } else {
        rustix::io::fcntl_dupfd_cloexec(end, 0)
    }
}

/// What to ask poll(2) for, to be told that a process has ended. A pidfd becomes readable then; a line is also when the process
/// says how it is going to end, but hangs up only when it has.
#[inline]
pub fn ending() -> i16 {
    if Shortcut::Pidfd.is_taken() { libc::POLLIN } else { 0 }
}

/// Lets the child run the program that waits at the other end of this. It is none of the line's ends: the kernel may tell of what
/// was sent there a little after it has been read, when it ends whoever is told.
pub fn go(word: OwnedFd) -> Result<(), Errno> {
    send(&word, &GO, SendFlags::NOSIGNAL).map(drop)
}

/// Notes that from here on another process has all that this one has.
pub fn note_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

impl Line {
    /// The line to a new child. The child waits until [`go`].
    pub fn to_child(end: OwnedFd) -> Line {
        Line::new(Some(end), false)
    }

    /// The line to a process whose descriptor came from another process.
    pub fn received(end: Option<OwnedFd>) -> Line {
        Line::new(end, true)
    }

    fn new(end: Option<OwnedFd>, passed_on: bool) -> Line {
        let (forks, passed_on) = (FORKS.load(Ordering::Relaxed), AtomicBool::new(passed_on));
        Line { end, forks, passed_on, ended: AtomicBool::new(false) }
    }

    /// The end, to be passed on together with the pidfd.
    pub fn end(&self) -> Option<BorrowedFd<'_>> {
        self.end.as_ref().map(AsFd::as_fd)
    }

    /// Notes that another process holds the process too.
    pub fn pass_on(&self) {
        self.passed_on.store(true, Ordering::Relaxed);
    }

    /// How the process ended, which poll(2) has seen.
    ///
    /// The kernel tells whoever holds the pidfd by which signal it ended, since Linux 6.15. Before that, any signal that it
    /// neither sent itself nor caused by a fault is told as [`Signal::KILL`]; and from a receiver without the line, 8 bits of the exit code are all there is.
    pub fn end_of(&self, pidfd: BorrowedFd<'_>) -> Termination {
        self.ended.store(true, Ordering::Relaxed);
        self.said().unwrap_or_else(|| seen(pidfd))
    }

    /// How the process ended, if it has said so.
    fn said(&self) -> Option<Termination> {
        let mut words = [0; SAID];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let (_, length) = recv(self.end.as_ref()?, &mut words, flags).ok()?;
        let [signal, code @ ..] = words;
        (length == SAID).then(|| (Exitcode::from_ne_bytes(code), Signal(signal)))
    }

    /// Called when the last descriptor of this process's is closed.
    pub fn close(&self, pidfd: BorrowedFd<'_>) {
        let shared = self.passed_on.load(Ordering::Relaxed) || self.forks != FORKS.load(Ordering::Relaxed);
        if !shared && !self.ended.load(Ordering::Relaxed) {
            // If it is gone already, all is well.
            let _ = if Shortcut::Pidfd.is_taken() {
                pidfd_send_signal(pidfd, rustix::process::Signal::KILL)
            } else {
                // Whoever waits for the process has a duplicate, which must not keep it alive.
                shutdown(pidfd, Shutdown::Both)
            };
        }
    }
}

/// How a process ended that did not say so itself: what the kernel says.
fn seen(pidfd: BorrowedFd<'_>) -> Termination {
    if !Shortcut::Pidfd.is_taken() {
        return (0, Signal::KILL);
    }
    // It is reaped by the kernel, by itself, but that comes after what poll(2) saw. If it stays unreaped because its
    // parent is none of ours, nothing comes.
    let mut place = [PollFd::from_borrowed_fd(pidfd, PollFlags::empty())];
    let long = Timespec { tv_sec: 1, tv_nsec: 0 };
    let _ = rustix::io::retry_on_intr(|| poll(&mut place, Some(&long)));
    match exit_status(pidfd) {
        None => (0, Signal::KILL),
        Some(status) if libc::WIFSIGNALED(status) => (0, signal_from_host(libc::WTERMSIG(status))),
        Some(status) => (libc::WEXITSTATUS(status).cast_unsigned(), Signal(0)),
    }
}

/// A process that somebody waits for, without holding it: closing its last descriptor kills it nevertheless.
#[derive(Debug)]
pub struct Watched {
    pidfd: OwnedFd,
    line: Weak<Line>,
}

impl Watched {
    /// A process with this pidfd, which the caller holds.
    ///
    /// # Errors
    /// Whatever fcntl(2) answers to `F_DUPFD_CLOEXEC`.
    pub fn new(pidfd: BorrowedFd<'_>, line: &Arc<Line>) -> Result<Watched, Errno> {
        let pidfd = rustix::io::fcntl_dupfd_cloexec(pidfd, 0)?;
        Ok(Watched { pidfd, line: Arc::downgrade(line) })
    }

    /// How it ended, which poll(2) has seen.
    pub fn end(&self) -> Termination {
        // If nobody holds it any more, it did not get to say anything, most likely.
        let pidfd = self.pidfd.as_fd();
        self.line.upgrade().map_or_else(|| seen(pidfd), |line| line.end_of(pidfd))
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl OwnEnd {
    /// Waits until the parent lets this process, which has this number, go on ([`go`]), and ties its life to the line. `None`
    /// if the process is not to be.
    pub fn wait(end: OwnedFd, awaited: OwnedFd, process: i32) -> Option<OwnEnd> {
        let mut word = [0; GO.len()];
        let (_, length) = rustix::io::retry_on_intr(|| recv(&awaited, &mut word, RecvFlags::empty())).ok()?;
        if length == 0 {
            return None;
        }
        let fd = end.as_raw_fd();
        // SAFETY: the calls take numbers only.
        let tied = unsafe {
            libc::fcntl(fd, libc::F_SETOWN, process) == 0
                && libc::fcntl(fd, F_SETSIG, libc::SIGKILL) == 0
                && libc::fcntl(fd, libc::F_SETFL, libc::O_RDWR | libc::O_ASYNC) == 0
        };
        // It may have been closed before that.
        let closed = matches!(recv(&end, &mut word, RecvFlags::PEEK | RecvFlags::DONTWAIT), Ok((_, 0)));
        (tied && !closed).then_some(OwnEnd(end))
    }

    /// Says how the process ends, which is to happen right after.
    pub fn say(&self, (code, signal): Termination) {
        let mut words = [signal.0; SAID];
        words[1..].copy_from_slice(&code.to_ne_bytes());
        // If nobody listens any more, the process is being killed.
        let _ = send(&self.0, &words, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
    }
}

impl AsFd for OwnEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `F_SETSIG` of fcntl(2).
const F_SETSIG: libc::c_int = 10;

/// `struct pidfd_info` of linux/pidfd.h, as it was first.
#[derive(Default)]
#[repr(C)]
struct PidfdInfo {
    mask: u64,
    cgroup: u64,
    ids: [u32; 11],
    exit_code: i32,
}

/// `PIDFD_INFO_EXIT`: the exit status, of a process that was reaped.
const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// `PIDFD_GET_INFO`: `_IOWR(0xff, 11, struct pidfd_info)`.
const PIDFD_GET_INFO: u64 = 3 << 30 | (size_of::<PidfdInfo>() as u64) << 16 | 0xff << 8 | 11;

/// What wait(2) would say of a process that was reaped, if the kernel remembers.
fn exit_status(pidfd: BorrowedFd<'_>) -> Option<i32> {
    let mut info = PidfdInfo { mask: PIDFD_INFO_EXIT, ..PidfdInfo::default() };
    // SAFETY: the structure has the size that is part of the number, and the kernel writes no more than that.
    let result = unsafe { libc::ioctl(pidfd.as_raw_fd(), PIDFD_GET_INFO as _, &raw mut info) };
    (result == 0 && info.mask & PIDFD_INFO_EXIT != 0).then_some(info.exit_code)
}
