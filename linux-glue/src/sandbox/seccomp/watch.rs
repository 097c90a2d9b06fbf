//! The parent's side of the filter: the kernel asks here before it serves a call that ends the process.
//!
//! The answer is never given. The call waits, whoever made it is killed, and so the call is not served: not even if the
//! parent is gone, since calls fail then. The program cannot get at the listener, which is here alone.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::names;

/// A call that was not served, and whose process was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The kernel's number of the process, as it is outside.
    pub process: i32,
    /// The call's number.
    pub number: i32,
    /// The call's name.
    pub name: Option<&'static str>,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name {
            Some(name) => write!(f, "the system call `{name}`"),
            None => write!(f, "system call {}", self.number),
        }
    }
}

/// The listener.
#[derive(Debug)]
pub struct Watch {
    listener: OwnedFd,
}

/// `struct seccomp_notif` of linux/seccomp.h.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct Notification {
    id: u64,
    thread: u32,
    flags: u32,
    number: i32,
    architecture: u32,
    instruction: u64,
    arguments: [u64; 6],
}

/// `SECCOMP_IOCTL_NOTIF_RECV`: `_IOWR('!', 0, struct seccomp_notif)`.
const RECEIVE: libc::c_ulong = 3 << 30 | (size_of::<Notification>() as libc::c_ulong) << 16 | 0x2100;
/// `SECCOMP_IOCTL_NOTIF_ID_VALID`: `_IOW('!', 2, __u64)`.
const IS_VALID: libc::c_ulong = 1 << 30 | 8 << 16 | 0x2102;

impl Watch {
    /// Listens here.
    pub fn new(listener: OwnedFd) -> Self {
        Watch { listener }
    }

    /// Kills whoever has made such a call. `None` if it is gone already.
    ///
    /// # Errors
    /// If nothing of it can be killed: then everything has to be.
    pub fn refuse(&self) -> io::Result<Option<Refused>> {
        let mut notification = Notification::default();
        // SAFETY: the kernel writes a structure of this size, which is part of the number.
        let result = unsafe { libc::ioctl(self.listener.as_raw_fd(), RECEIVE as _, &raw mut notification) };
        if result != 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                // The thread was killed between the call and now, or a signal came.
                Some(libc::ENOENT | libc::EINTR | libc::EAGAIN) => Ok(None),
                _ => Err(error),
            };
        }
        let thread = i32::try_from(notification.thread).unwrap_or(0);
        let process = group_of(thread).unwrap_or(thread);
        let Some(pid) = Pid::from_raw(process) else { return Err(io::ErrorKind::NotFound.into()) };
        let pidfd = pidfd_open(pid, PidfdFlags::empty());
        // The thread waits still, so that the numbers were those of it and its process when the descriptor was made.
        // SAFETY: the kernel reads one word.
        let valid =
            unsafe { libc::ioctl(self.listener.as_raw_fd(), IS_VALID as _, &raw const notification.id) } == 0;
        if !valid {
            return Ok(None);
        }
        pidfd_send_signal(pidfd?, Signal::KILL)?;
        let number = notification.number;
        Ok(Some(Refused { process, number, name: names::name(number.into()) }))
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

/// The process that a thread belongs to: proc(5). Where there is no such file, threads are looked for under their own number.
fn group_of(thread: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
}
