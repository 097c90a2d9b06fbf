//! What a descriptor refers to: an open file of Linux's, and what the kernel does not remember of it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Errno, Fdflags, Filetype, Rights};
use rustix::fs::OFlags;

use super::line::{Line, Watched};
use super::sockets::{Kind, Label};
use crate::files::{BEYOND_PATH, Files};
use crate::generated::{errno_from_host, fdflags_from_host, fdflags_setfl_to_host};
use crate::shortcuts::Shortcut;

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
    /// How it came here.
    origin: Origin,
    /// A [`Kind`] of socket, [`NO_SOCKET`], or 0 if nobody has asked for it yet.
    socket: AtomicU8,
    /// For a socket: whether directories of processes that are not held in may come through it.
    foreign_directories: bool,
}

/// Mark in [`Object::socket`] of what is no socket.
const NO_SOCKET: u8 = 0xff;

/// How an object came into this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// It was made here, or the process was started with it.
    Here,
    /// Another runtime has sent it, and said what it is.
    Labelled,
    /// Another runtime has sent it, and said what it is, but that one's program is not held in.
    FromOutside,
    /// Somebody else has sent it, or it is a connection. What it is and may be used for, only the kernel can say.
    Foreign,
}

/// The error of a call of Linux's as the ABI's.
pub fn error(error: rustix::io::Errno) -> Errno {
    errno_from_host(error.raw_os_error())
}

impl Object {
    /// Something that was open already, whatever it is.
    pub fn inherited(fd: OwnedFd) -> Object {
        Object::new(fd, None, None, Origin::Here)
    }

    /// A file or directory that was opened with these flags, with its type if that is known.
    pub fn opened(fd: OwnedFd, flags: Fdflags, filetype: Option<Filetype>) -> Object {
        Object::new(fd, filetype, Some(flags.intersection(SYNCHRONISING)), Origin::Here)
    }

    /// Something new whose type is known.
    pub fn made(fd: OwnedFd, filetype: Filetype) -> Object {
        Object::new(fd, Some(filetype), Some(Fdflags::empty()), Origin::Here)
    }

    /// Something that came through a socket without a word about it.
    pub fn foreign(fd: OwnedFd) -> Object {
        if Shortcut::Pidfd.is_taken() && is_process(&fd) {
            return Object::process(fd, Arc::new(Line::received(None)));
        }
        Object::new(fd, None, None, Origin::Foreign)
    }

    /// Something that came through a socket, with what another runtime said about it: its descriptor, and another one if
    /// it consists of two.
    pub fn received(fd: OwnedFd, second: Option<OwnedFd>, label: &Label) -> Object {
        if label.filetype == Some(Filetype::PROCESS) && is_process(&fd) {
            return Object::process(fd, Arc::new(Line::received(second)));
        }
        // Of other types the kernel knows itself.
        let memory = label.filetype.filter(|filetype| *filetype == Filetype::SHARED_MEMORY && is_memory(&fd));
        let origin = if label.confined { Origin::Labelled } else { Origin::FromOutside };
        Object::new(fd, memory, label.synchronising, origin)
    }

    fn new(
        fd: OwnedFd,
        filetype: Option<Filetype>,
        synchronising: Option<Fdflags>,
        origin: Origin,
    ) -> Object {
        let filetype = AtomicU16::new(filetype.map_or(UNKNOWN_YET, |filetype| filetype.0.into()));
        Object {
            fd,
            filetype,
            synchronising,
            line: None,
            origin,
            socket: AtomicU8::new(0),
            foreign_directories: false,
        }
    }

    /// The same socket, through which directories of processes that are not held in may come if that is so.
    #[must_use]
    pub fn with_foreign_directories(mut self, yes: bool) -> Object {
        self.foreign_directories = yes;
        self
    }

    /// Whether directories of processes that are not held in may come through it.
    pub fn has_foreign_directories(&self) -> bool {
        self.foreign_directories
    }

    fn is_from_outside(&self) -> bool {
        matches!(self.origin, Origin::Foreign | Origin::FromOutside)
    }

    /// Whether it is a directory from which a hostile program could walk up to where nothing was granted.
    pub fn leads_elsewhere(&self) -> bool {
        self.is_from_outside() && !self.filetype().is_ok_and(|filetype| filetype != Filetype::DIRECTORY)
    }

    /// What is said about it when it is sent to another process, which has to be done then.
    pub fn label(&self, rights: RightsPair) -> Label {
        if let Some(line) = self.line() {
            line.pass_on();
        }
        Label {
            rights,
            filetype: self.filetype().ok(),
            synchronising: self.synchronising,
            two: self.host_descriptors().count() == 2,
            confined: crate::sandbox::is_confined() && !self.is_from_outside(),
        }
    }

    /// What kind of socket it is. Asks the kernel the first time.
    ///
    /// # Errors
    /// [`Errno::NOTSOCK`]
    pub fn socket_kind(&self) -> Result<Kind, Errno> {
        let known = self.socket.load(Ordering::Relaxed);
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| *kind as u8 == known) {
            return Ok(kind);
        }
        if known == NO_SOCKET {
            return Err(Errno::NOTSOCK);
        }
        let kind = Kind::of(&self.fd);
        if let Ok(known) = kind.map(|kind| kind as u8).or_else(|error| match error {
            Errno::NOTSOCK => Ok(NO_SOCKET),
            error => Err(error),
        }) {
            self.socket.store(known, Ordering::Relaxed);
        }
        kind
    }

    /// Whether it is a byte stream within this machine, which carries descriptors.
    #[inline(always)]
    pub fn is_local_stream(&self) -> bool {
        match self.socket.load(Ordering::Relaxed) {
            0 => self.turns_out_to_be_local_stream(),
            known => known == Kind::LocalStream as u8,
        }
    }

    #[cold]
    fn turns_out_to_be_local_stream(&self) -> bool {
        if !matches!(self.filetype(), Ok(Filetype::SOCKET_STREAM | Filetype::SOCKET_DGRAM)) {
            self.socket.store(NO_SOCKET, Ordering::Relaxed);
        }
        self.socket_kind() == Ok(Kind::LocalStream)
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

    /// For a process: what to wait for its end with, without keeping it from being killed.
    #[inline]
    pub fn watched(&self) -> Option<Watched> {
        let line = self.line.as_ref()?;
        Watched::new(self.fd.as_fd(), line).ok()
    }

    /// The kernel's descriptors that it consists of.
    pub fn host_descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [Some(self.fd.as_fd()), self.line().and_then(Line::end)].into_iter().flatten()
    }

    /// Its type. Asks the kernel the first time.
    ///
    /// # Errors
    /// Whatever fstat(2) answers.
    #[inline]
    pub fn filetype(&self) -> Result<Filetype, Errno> {
        match self.filetype.load(Ordering::Relaxed) {
            UNKNOWN_YET => self.find_filetype(),
            // Only file types, which have 8 bits, are ever stored.
            known => Ok(Filetype(known as u8)),
        }
    }

    #[cold]
    fn find_filetype(&self) -> Result<Filetype, Errno> {
        let found = match Files::filetype(&self.fd)? {
            Filetype::REGULAR_FILE if self.origin == Origin::Foreign && is_memory(&self.fd) => {
                Filetype::SHARED_MEMORY
            }
            found => found,
        };
        self.filetype.store(found.0.into(), Ordering::Relaxed);
        Ok(found)
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

    /// The rights that the way allows in which it was opened.
    fn served(&self) -> RightsPair {
        let Ok(flags) = self.host_flags() else { return RightsPair::NONE };
        let beyond = match flags & libc::O_ACCMODE {
            _ if flags & libc::O_PATH != 0 => BEYOND_PATH,
            // Changing what is in a directory does not go through it, in this sense.
            libc::O_RDONLY => Rights::FD_WRITE | Rights::FILE_ALLOCATE | Rights::FILE_STAT_FPUT_SIZE,
            libc::O_WRONLY => Rights::FD_READ | Rights::MEM_MAP | Rights::MEM_MAP_EXEC | Rights::PROC_EXEC,
            _ => Rights::empty(),
        };
        RightsPair { base: Rights::all().difference(beyond), inheriting: Rights::all() }
    }

    fn host_flags(&self) -> Result<i32, Errno> {
        rustix::fs::fcntl_getfl(&self.fd).map(|flags| flags.bits().cast_signed()).map_err(error)
    }
}

/// Whether it is memory without a name: memfd_create(2). Files in memory have seals too, but they have names.
fn is_memory(fd: &OwnedFd) -> bool {
    rustix::fs::fcntl_get_seals(fd).is_ok() && rustix::fs::fstat(fd).is_ok_and(|stat| stat.st_nlink == 0)
}

/// Whether it refers to a process: pidfd_open(2). Such descriptors have a file system of their own since Linux 6.9. Without
/// pidfds it is a socket, and whoever says of another socket that it is a process gives away one that cannot be used as a socket.
fn is_process(fd: &OwnedFd) -> bool {
    if !Shortcut::Pidfd.is_taken() {
        return Kind::of(fd) == Ok(Kind::LocalStream);
    }
    rustix::fs::fstatfs(fd).is_ok_and(|system| system.f_type == PID_FS_MAGIC)
}

/// `PID_FS_MAGIC` of linux/magic.h
const PID_FS_MAGIC: i64 = 0x5049_4446;

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
        let all = match self.filetype() {
            // The kernel does not say what it is, so that nobody knows what makes sense.
            Ok(Filetype::UNKNOWN) => RightsPair::ALL,
            Ok(filetype) => RightsPair::of_filetype(filetype, || rustix::termios::isatty(&self.fd)),
            // Nothing can be done with something that the kernel cannot even look at.
            Err(_) => RightsPair::NONE,
        };
        // Who opens something here knows how.
        if self.origin == Origin::Here { all } else { all.intersection(self.served()) }
    }
}
