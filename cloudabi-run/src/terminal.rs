//! Giving the terminal back as it was.
//!
//! Programs share the terminal, and its settings and the flags of the open file stay behind: a shell that finds its input
//! non-blocking ends. The C library's restoring functions are of no use for that, as programs end without them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::OFlags;
use rustix::process::Pid;
use rustix::termios::{OptionalActions, Termios};

use crate::host;

/// A terminal that this process was started with, as it was then.
#[derive(Debug)]
pub struct Terminal {
    fd: BorrowedFd<'static>,
    settings: Termios,
    /// Whether this process's group had the terminal.
    foreground: bool,
    /// For each standard stream that is the terminal, the flags of the open file.
    flags: [Option<OFlags>; 3],
}

impl Terminal {
    /// The terminal that is a standard stream of this process. `None` if none is.
    pub fn remember() -> Option<Terminal> {
        let streams = [0, 1, 2].map(|number| host::inherited(number).filter(io::IsTerminal::is_terminal));
        let fd = streams.into_iter().flatten().next()?;
        let flags = streams.map(|stream| rustix::fs::fcntl_getfl(stream?).ok());
        Some(Terminal { fd, settings: rustix::termios::tcgetattr(fd).ok()?, foreground: has(fd), flags })
    }

    /// Makes it what it was, where it differs. A terminal that others have by now is left alone.
    pub fn give_back(&self) {
        for (number, flags) in (0..3).zip(self.flags) {
            let stream = host::inherited(number).and_then(|fd| Some((fd, rustix::fs::fcntl_getfl(fd).ok()?)));
            if let (Some((fd, now)), Some(before)) = (stream, flags)
                && now != before
            {
                // What cannot be restored is nobody's to tell: the program may have made the terminal go.
                let _ = rustix::fs::fcntl_setfl(fd, before);
            }
        }
        if !self.foreground {
            return;
        }
        without_being_stopped(|| {
            if !has(self.fd) && group(self.fd).is_some_and(|group| !exists(group)) {
                let _ = rustix::termios::tcsetpgrp(self.fd, rustix::process::getpgrp());
            }
            if has(self.fd) && !same(&self.settings, self.fd) {
                let _ = rustix::termios::tcsetattr(self.fd, OptionalActions::Now, &self.settings);
            }
        });
    }
}

/// The group that has the terminal.
fn group(terminal: impl AsFd) -> Option<Pid> {
    rustix::termios::tcgetpgrp(terminal).ok()
}

/// Whether this process's group has the terminal.
fn has(terminal: impl AsFd) -> bool {
    group(terminal) == Some(rustix::process::getpgrp())
}

fn exists(group: Pid) -> bool {
    rustix::process::test_kill_process_group(group).is_ok()
}

/// Whether a terminal has these settings. Its window may have another size.
fn same(settings: &Termios, terminal: impl AsFd) -> bool {
    let key = |settings: &Termios| {
        let codes = format!("{:?}", settings.special_codes);
        (settings.input_modes, settings.output_modes, settings.control_modes, settings.local_modes, codes)
    };
    rustix::termios::tcgetattr(terminal).is_ok_and(|now| key(&now) == key(settings))
}

/// Does something to a terminal that the kernel stops groups for that do not have it.
fn without_being_stopped(act: impl FnOnce()) {
    // SAFETY: ignoring a signal needs no handler, and nothing else in this process handles this one.
    let before = unsafe { libc::signal(libc::SIGTTOU, libc::SIG_IGN) };
    act();
    // SAFETY: as above.
    unsafe { libc::signal(libc::SIGTTOU, before) };
}
