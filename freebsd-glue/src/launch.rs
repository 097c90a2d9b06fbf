//! Starting a program.
//!
//! The parent has opened everything and has checked the executable; then it makes a child by pdfork(2). The child places the
//! program, enters capability mode, limits each descriptor to its rights, and runs the program. The parent waits for it, by
//! the process descriptor: whatever becomes of the parent, the kernel ends the child with it.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use cloudabi_host::image::Image;
use cloudabi_host::types::Rights;

use crate::capsicum;
use crate::runtime::{Program, signals};

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
    /// Where the child says what went wrong before the program ran.
    words: OwnedFd,
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
        let mut fd = -1;
        // SAFETY: there is one thread, so that no lock is held by another one in the child.
        match unsafe { libc::pdfork(&raw mut fd, 0) } {
            -1 => Err(cannot("make a process")(io::Error::last_os_error())),
            0 => {
                drop(words);
                self.become_program(speaker)
            }
            number => {
                // SAFETY: it was made just now.
                let process = unsafe { OwnedFd::from_raw_fd(fd) };
                Ok(Running { process, number, words })
            }
        }
    }

    /// The child's side. What goes wrong is told in words.
    fn become_program(self, speaker: OwnedFd) -> ! {
        let mut speaker = std::fs::File::from(speaker);
        let Err(error) = self.enter(&speaker);
        // If nobody listens, nobody wants to know.
        let _ = write!(speaker, "{error}");
        // SAFETY: the process ends here, without the parent's clean-up, of which this is a copy.
        unsafe { libc::_exit(127) }
    }

    /// Becomes the program, unless something goes wrong.
    fn enter(self, speaker: &impl AsFd) -> Result<Infallible, LaunchError> {
        let Launch { executable, image, argument_data, descriptors } = self;
        let kept = descriptors.iter().map(|granted| granted.fd.as_fd());
        close_all_but(kept.chain([executable.as_fd(), speaker.as_fd()]));
        signals::ready();
        capsicum::enter().map_err(cannot("enter capability mode"))?;
        let program = Program::place(&image, executable.as_fd(), &argument_data, descriptors)?;
        drop((executable, image, argument_data));
        // From here on there is nothing more to be said. The number is not used again.
        // SAFETY: the caller ends the process if this comes back, and says so nowhere then.
        unsafe { libc::close(speaker.as_fd().as_raw_fd()) };
        program.run()
    }
}

/// Closes every descriptor that is not listed.
fn close_all_but<'a>(kept: impl Iterator<Item = BorrowedFd<'a>>) {
    let mut kept: Vec<RawFd> = kept.map(|fd| fd.as_raw_fd()).collect();
    kept.sort_unstable();
    let mut first = 0;
    for fd in kept {
        // A descriptor is not negative.
        let fd = fd.cast_unsigned();
        if first < fd {
            // SAFETY: none in the range is listed, and this process is to become the program.
            unsafe { libc::close_range(first, fd - 1, 0) };
        }
        first = fd + 1;
    }
    // SAFETY: as above.
    unsafe { libc::close_range(first, libc::c_uint::MAX, 0) };
}

impl Running {
    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`LaunchError::Child`] if the program did not run at all.
    pub fn wait(self) -> Result<End, LaunchError> {
        let waiting = "wait for the program";
        let mut words = String::new();
        // It is closed when the program runs, or when the child has ended.
        std::fs::File::from(self.words).read_to_string(&mut words).map_err(cannot(waiting))?;
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
        if !words.is_empty() {
            return Err(LaunchError::Child(words));
        }
        Ok(match info.si_code {
            // All bits of the exit code are here: wait(2).
            libc::CLD_EXITED => End::Exited(info.si_status.cast_unsigned()),
            _ => End::Killed(info.si_status),
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exited(code) => write!(f, "exit code {code}"),
            End::Killed(signal) => write!(f, "signal {signal}"),
        }
    }
}
