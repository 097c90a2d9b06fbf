//! What a descriptor refers to: an open file of Linux's, and what the kernel does not remember of it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Errno, Fdflags, Filetype};
use rustix::fs::OFlags;

use super::line::{Line, Termination};
use crate::files::Files;
use crate::generated::{errno_from_host, fdflags_from_host, fdflags_setfl_to_host};

/// The flags that are about when written data is safe. Linux fixes them when a file is opened.
const SYNCHRONISING: Fdflags = Fdflags::DSYNC.union(Fdflags::RSYNC).union(Fdflags::SYNC);

/// Mark in [`Object::filetype`] of a file whose type nobody has asked for yet.
const UNKNOWN_YET: u16 = 0xffff;

/// An open file. Descriptors that are duplicates of one another share it.
#[derive(Debug)]
pub struct Object {
    fd: OwnedFd,
    /// A [`Filetype`], or [`UNKNOWN_YET`].
    filetype: AtomicU16,
    /// Those of [`SYNCHRONISING`] that it was opened with, where that is known. Linux cannot tell them all apart.
    synchronising: Option<Fdflags>,
    /// For a process, of which `fd` is the pidfd: what the kernel's descriptor cannot do.
    line: Option<Arc<Line>>,
}

/// The error of a call of Linux's as the ABI's.
pub fn error(error: rustix::io::Errno) -> Errno {
    errno_from_host(error.raw_os_error())
}

impl Object {
    /// Something that was open already, whatever it is.
    pub fn inherited(fd: OwnedFd) -> Object {
        Object { fd, filetype: AtomicU16::new(UNKNOWN_YET), synchronising: None, line: None }
    }

    /// A file or directory that was opened with these flags, with its type if that is known.
    pub fn opened(fd: OwnedFd, flags: Fdflags, filetype: Option<Filetype>) -> Object {
        let synchronising = Some(flags.intersection(SYNCHRONISING));
        let filetype = filetype.map_or(UNKNOWN_YET, |filetype| filetype.0.into());
        Object { fd, filetype: AtomicU16::new(filetype), synchronising, line: None }
    }

    /// Something new whose type is known.
    pub fn made(fd: OwnedFd, filetype: Filetype) -> Object {
        Object {
            fd,
            filetype: AtomicU16::new(filetype.0.into()),
            synchronising: Some(Fdflags::from_bits_retain(0)),
            line: None,
        }
    }

    /// A process. Closing the last descriptor of it kills it.
    pub fn process(pidfd: OwnedFd, line: Arc<Line>) -> Object {
        let mut object = Object::made(pidfd, Filetype::PROCESS);
        object.line = Some(line);
        object
    }

    /// For a process: its line.
    pub fn line(&self) -> Option<&Line> {
        self.line.as_deref()
    }

    /// For a process: how it ended, if it has.
    pub fn termination(&self) -> Option<Termination> {
        self.line()?.termination(self.fd.as_fd())
    }

    /// The kernel's descriptors that it consists of.
    pub fn host_descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [Some(self.fd.as_fd()), self.line().and_then(Line::end)].into_iter().flatten()
    }

    /// Its type. Asks the kernel the first time.
    ///
    /// # Errors
    /// Whatever fstat(2) answers.
    pub fn filetype(&self) -> Result<Filetype, Errno> {
        match self.filetype.load(Ordering::Relaxed) {
            UNKNOWN_YET => {
                let found = Files::filetype(&self.fd)?;
                self.filetype.store(found.0.into(), Ordering::Relaxed);
                Ok(found)
            }
            // Only file types, which have 8 bits, are ever stored.
            known => Ok(Filetype(known as u8)),
        }
    }

    /// Its type, if it is one that the kernel does not know of.
    pub fn known_filetype(&self) -> Option<Filetype> {
        let filetype = self.filetype.load(Ordering::Relaxed);
        [Filetype::PROCESS, Filetype::SHARED_MEMORY].into_iter().find(|known| u16::from(known.0) == filetype)
    }

    /// Its flags. The kernel is asked, since another process may share the open file and have changed them.
    ///
    /// # Errors
    /// Whatever fcntl(2) answers.
    pub fn flags(&self) -> Result<Fdflags, Errno> {
        let flags = fdflags_from_host(self.host_flags()?);
        Ok(match self.synchronising {
            Some(known) => flags.difference(SYNCHRONISING).union(known),
            None => flags,
        })
    }

    /// What [`Object::set_flags`] would have to set, if it can.
    ///
    /// # Errors
    /// [`Errno::INVAL`] for undefined flags, [`Errno::NOTSUP`] if a flag is to change that Linux cannot change.
    pub fn check_flags(&self, flags: Fdflags) -> Result<NewFlags, Errno> {
        if !flags.is_defined() {
            return Err(Errno::INVAL);
        }
        if flags.intersection(SYNCHRONISING) != self.flags()?.intersection(SYNCHRONISING) {
            return Err(Errno::NOTSUP);
        }
        fdflags_setfl_to_host(flags.difference(SYNCHRONISING)).map(NewFlags).map_err(|_| Errno::NOTSUP)
    }

    /// Sets flags.
    ///
    /// # Errors
    /// Whatever fcntl(2) answers.
    pub fn set_flags(&self, NewFlags(flags): NewFlags) -> Result<(), Errno> {
        // `F_SETFL` also sets flags that the ABI does not know. They stay as they are.
        let others = self.host_flags()? & !(libc::O_APPEND | libc::O_NONBLOCK);
        let all = OFlags::from_bits_retain((others | flags).cast_unsigned());
        rustix::fs::fcntl_setfl(&self.fd, all).map_err(error)
    }

    fn host_flags(&self) -> Result<i32, Errno> {
        rustix::fs::fcntl_getfl(&self.fd).map(|flags| flags.bits().cast_signed()).map_err(error)
    }
}

/// Flags that an object can be given.
#[derive(Clone, Copy, Debug)]
pub struct NewFlags(i32);

impl Drop for Object {
    fn drop(&mut self) {
        if let Some(line) = self.line() {
            line.close(self.fd.as_fd());
        }
    }
}

impl AsFd for Object {
    #[inline(always)]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl cloudabi_host::descriptors::Object for Object {
    fn largest_rights(&self) -> RightsPair {
        match self.filetype() {
            // The kernel does not say what it is, so that nobody knows what makes sense.
            Ok(Filetype::UNKNOWN) => RightsPair::ALL,
            Ok(filetype) => RightsPair::of_filetype(filetype, || rustix::termios::isatty(&self.fd)),
            // Nothing can be done with something that the kernel cannot even look at.
            Err(_) => RightsPair::NONE,
        }
    }
}
