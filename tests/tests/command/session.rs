//! A session at a terminal: a shell in a pseudo-terminal, to which keys are typed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use cloudabi_test_support::Scratch;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// A shell, as somebody sees it who sits there.
pub struct Session {
    shell: Child,
    /// The side of the keyboard and the screen.
    keyboard: File,
    /// The other side, for looking at its settings.
    terminal: OwnedFd,
    /// What has appeared and was not yet waited for.
    screen: String,
    _folder: Scratch,
}

/// What the shell shows when it waits for a command.
pub const PROMPT: &str = "$> ";

/// How long something may take that comes about by itself, in seconds: far longer than it does.
const PATIENCE: i64 = 120;

impl Session {
    /// Starts a shell with job control in a folder. `None` if the machine lacks one.
    pub fn start(test: &str, folder: Scratch) -> Option<Session> {
        let shell = cloudabi_test_support::tool(&["bash"], test)?;
        let keyboard =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&keyboard).expect("a terminal");
        unlockpt(&keyboard).expect("a terminal");
        let name = ptsname(&keyboard, Vec::new()).expect("it has a name");
        let open = || {
            let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
            rustix::fs::open(&name, flags, rustix::fs::Mode::empty()).expect("it can be opened")
        };
        let mut command = shell.command();
        command.args(["--norc", "--noprofile", "-i"]);
        command.env("PS1", PROMPT).env("TERM", "dumb").env("HISTFILE", "").env_remove("PROMPT_COMMAND");
        command.current_dir(folder.path());
        command.stdin(open()).stdout(open()).stderr(open());
        // SAFETY: between fork and exec, only calls are made that touch no memory.
        unsafe {
            command.pre_exec(|| {
                // Where this is run in the background, it may ignore what keys mean, and a shell leaves that as it was.
                for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                rustix::process::setsid()?;
                Ok(rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?)
            });
        }
        let shell = spawn(&mut command);
        let (keyboard, terminal) = (keyboard.into(), open());
        let mut session = Session { shell, keyboard, terminal, screen: String::new(), _folder: folder };
        session.expect(PROMPT);
        Some(session)
    }

    /// Types.
    pub fn keys(&mut self, keys: impl AsRef<[u8]>) {
        self.keyboard.write_all(keys.as_ref()).expect("somebody reads");
    }

    /// Types a command, which is short enough for a line of the terminal's, and waits until it has been shown.
    pub fn enter(&mut self, line: &str) {
        self.keys(format!("{line}\n"));
        self.expect(&format!("{line}\r\n"));
    }

    /// Waits until this appears; gives what appeared before it.
    pub fn expect(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.screen.find(text) {
                let rest = self.screen.split_off(at + text.len());
                let mut before = std::mem::replace(&mut self.screen, rest);
                before.truncate(at);
                return before;
            }
            let mut places = [PollFd::new(&self.keyboard, PollFlags::IN)];
            let time = Timespec { tv_sec: PATIENCE, tv_nsec: 0 };
            let ready = poll(&mut places, Some(&time)).expect("a terminal can be waited for");
            assert_ne!(ready, 0, "{text:?} does not appear, but {:?}", self.screen);
            let mut bytes = [0; 4096];
            let length = self.keyboard.read(&mut bytes).unwrap_or_default();
            assert_ne!(length, 0, "the session is over; {text:?} has not appeared, but {:?}", self.screen);
            self.screen += &String::from_utf8_lossy(&bytes[..length]);
        }
    }

    /// Has the shell run commands until it says this of a job. It does not look at its children for a prompt alone: that of
    /// Bash 5.2 may miss that one has ended until it waits for another.
    pub fn expect_of_job(&mut self, text: &str) {
        let mut shown = String::new();
        for _ in 0..3000 {
            self.keys("/bin/true\n");
            shown += &self.expect(PROMPT);
            if shown.contains(text) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("the shell does not say {text:?}, but {shown:?}");
    }

    /// Has the shell say how the last command ended.
    pub fn status(&mut self) -> String {
        self.enter("echo \"status=$?.\"");
        self.expect("status=");
        let status = self.expect(".");
        self.expect(PROMPT);
        status
    }

    /// The terminal's settings.
    pub fn settings(&self) -> Termios {
        tcgetattr(&self.terminal).expect("it is a terminal")
    }

    /// Changes the terminal's settings, as a program could that runs there.
    pub fn set(&self, settings: &Termios) {
        tcsetattr(&self.terminal, OptionalActions::Now, settings).expect("it is a terminal");
    }

    /// The shell's number.
    pub fn shell(&self) -> u32 {
        self.shell.id()
    }

    /// Ends the session.
    pub fn end(mut self) {
        self.keys("exit\n");
        self.shell.wait().expect("it ends");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Whatever the session runs then gets a SIGHUP from the shell or from the kernel.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}
