//! Starting a program.
//!
//! The parent has opened everything and has checked the executable; then it makes a child by pdfork(2). The child places the
//! program, enters capability mode, limits each descriptor to its rights, and runs the program. The parent waits for it, and
//! holds the process descriptor: whatever becomes of the parent, the kernel ends the child with it.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use cloudabi_host::image::Image;
use cloudabi_host::types::Rights;

use crate::ending::Ending;
use crate::runtime::{Program, host_descriptors, signals};
use crate::{capsicum, report};

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
    /// The runtime failed while the program ran; its own words.
    #[error("the runtime failed: {0}")]
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
    /// By a signal, with FreeBSD's number for it.
    Killed(i32),
}

/// A program that was started.
#[derive(Debug)]
pub struct Running {
    /// The process.
    process: OwnedFd,
    /// Its number.
    number: libc::pid_t,
    /// Where the child says what went wrong.
    words: OwnedFd,
    /// Where it writes its exit code.
    ending: Ending,
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
        let (words, speaker) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
            .map_err(cannot("make a pipe to the program's process"))?;
        let ending = Ending::new().map_err(cannot("share memory with the program's process"))?;
        let mut fd = -1;
        // SAFETY: there is one thread, so that no lock is held by another one in the child.
        match unsafe { libc::pdfork(&raw mut fd, 0) } {
            -1 => Err(cannot("make a process")(io::Error::last_os_error())),
            0 => {
                drop(words);
                ending.become_own();
                self.become_program(speaker)
            }
            number => {
                // SAFETY: it was made just now.
                let process = unsafe { OwnedFd::from_raw_fd(fd) };
                Ok(Running { process, number, words, ending })
            }
        }
    }

    /// The child's side. What goes wrong is told in words.
    fn become_program(self, speaker: OwnedFd) -> ! {
        report::speak_on(speaker);
        let Err(error) = self.enter();
        report::say(format_args!("{error}"));
        // SAFETY: the process ends here, without the parent's clean-up, of which this is a copy.
        unsafe { libc::_exit(127) }
    }

    /// Becomes the program, unless something goes wrong.
    fn enter(self) -> Result<Infallible, LaunchError> {
        let Launch { executable, image, argument_data, descriptors } = self;
        let granted = descriptors.iter().map(|granted| granted.fd.as_raw_fd());
        let mut kept: Vec<RawFd> =
            granted.chain([executable.as_raw_fd()]).chain(report::descriptor()).collect();
        // SAFETY: what is not listed is the parent's, and this process is to become the program.
        unsafe { host_descriptors::close_all_but(&mut kept) }
            .map_err(cannot("close what the program is not to have"))?;
        drop(kept);
        signals::ready();
        capsicum::enter().map_err(cannot("enter capability mode"))?;
        let program = Program::place(&image, executable.as_fd(), &argument_data, descriptors)?;
        drop((executable, image, argument_data));
        report::started();
        program.run()
    }
}

/// What a process said, as far as it is told, in bytes.
const MOST_WORDS: u64 = 4096;

impl Running {
    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`LaunchError::Child`] if the program did not run at all, [`LaunchError::Runtime`] if the runtime had something to say
    /// later, which a hostile program can say as well.
    pub fn wait(self) -> Result<End, LaunchError> {
        let waiting = "wait for the program";
        // SAFETY: zeros are a value of the structure, which the kernel fills in.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        loop {
            // SAFETY: as above; nobody wants to know of resources.
            let result = unsafe {
                let options = libc::WEXITED;
                libc::waitid(libc::P_PID, self.number as _, &raw mut info, options)
            };
            match (result, io::Error::last_os_error()) {
                (0, _) => break,
                (_, error) if error.kind() == io::ErrorKind::Interrupted => {}
                (_, error) => return Err(cannot(waiting)(error)),
            }
        }
        drop(self.process);
        // Others that the program has made may still hold the pipe, and say nothing more for this one.
        rustix::io::ioctl_fionbio(&self.words, true).map_err(|error| cannot(waiting)(error))?;
        let mut words = Vec::new();
        // What cannot be read was not said.
        let _ = std::fs::File::from(self.words).take(MOST_WORDS).read_to_end(&mut words);
        match words.iter().position(|byte| *byte == report::STARTED) {
            None => return Err(LaunchError::Child(plain(&words))),
            Some(started) if started + 1 < words.len() => {
                return Err(LaunchError::Runtime(plain(&words[started + 1..])));
            }
            Some(_) => {}
        }
        Ok(match info.si_code {
            libc::CLD_EXITED => {
                End::Exited(self.ending.code().unwrap_or_else(|| info.si_status.cast_unsigned()))
            }
            _ => End::Killed(info.si_status),
        })
    }
}

/// Words that can be shown, whoever said them.
fn plain(words: &[u8]) -> String {
    let text = String::from_utf8_lossy(words);
    let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    if text.is_empty() { "it does not say why".to_string() } else { text }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exited(code) => write!(f, "exit code {code}"),
            End::Killed(signal) => write!(f, "signal {signal}"),
        }
    }
}
