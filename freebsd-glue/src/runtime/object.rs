//! What a descriptor refers to: an open file of FreeBSD's, and what was found out about it.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Errno, Fdflags, Filetype, Rights};
use rustix::fs::{FileType, OFlags};

use super::error;
use crate::capsicum::{self, Record};
use crate::ending::Ending;
use crate::generated::{fdflags_from_host, fdflags_to_host, filetype_from_host, socket_type_from_host};
use crate::headers::F_GET_SEALS;

/// An open file. Descriptors that are duplicates of one another share it.
#[derive(Debug)]
pub struct Object {
    fd: OwnedFd,
    filetype: Filetype,
    /// Whether it is a terminal.
    terminal: bool,
    /// Whether it was opened to be read in a synchronised way, which FreeBSD does not remember.
    rsync: bool,
    /// Whether it is a socket that was made as one of a pair.
    pair: bool,
    /// Where a process writes its exit code that this one or a relative has made.
    ending: Option<Arc<Ending>>,
}

impl Object {
    /// Something that is open already, whatever it is. Asks the kernel.
    ///
    /// # Errors
    /// Whatever fstat(2) answers.
    pub fn new(fd: OwnedFd, flags: Fdflags) -> Result<Object, Errno> {
        let filetype = filetype(fd.as_fd())?;
        let terminal = filetype == Filetype::CHARACTER_DEVICE && rustix::termios::isatty(&fd);
        let made = Object::made(fd, filetype);
        Ok(Object { terminal, rsync: flags.contains(Fdflags::RSYNC), ..made })
    }

    /// Something new whose type is known.
    pub fn made(fd: OwnedFd, filetype: Filetype) -> Object {
        Object { fd, filetype, terminal: false, rsync: false, pair: false, ending: None }
    }

    /// One of two sockets that are connected with each other.
    pub fn one_of_pair(fd: OwnedFd, filetype: Filetype) -> Object {
        Object { pair: true, ..Object::made(fd, filetype) }
    }

    /// A process that was made, and where it writes its exit code.
    pub fn process(fd: OwnedFd, ending: Arc<Ending>) -> Object {
        Object { ending: Some(ending), ..Object::made(fd, Filetype::PROCESS) }
    }

    /// Something that came through a socket, and the rights that it came with, as far as they make sense for it: those of the
    /// ABI of which the kernel lets it have all that they need, and which were written down with it if any were.
    ///
    /// What no type is known of is shared memory or a process.
    ///
    /// # Errors
    /// Whatever fstat(2), cap_rights_get(2), cap_ioctls_get(2) and fcntl(2) answer.
    pub fn received(fd: OwnedFd) -> Result<(Object, RightsPair), Errno> {
        let mut object = if is_process(fd.as_fd()) {
            Object::made(fd, Filetype::PROCESS)
        } else {
            Object::new(fd, Fdflags::empty())?
        };
        if object.filetype == Filetype::REGULAR_FILE && is_memory(object.fd.as_fd()) {
            object.filetype = Filetype::SHARED_MEMORY;
        }
        let (held, pair) = capsicum::rights_of(&object.fd, object.filetype)?;
        object.pair = pair;
        let opened_for = RightsPair { base: object.opened_for()?, inheriting: Rights::all() };
        let rights = object.sensible_rights().intersection(held).intersection(opened_for);
        Ok((object, rights))
    }

    /// The rights that its way of being opened leaves.
    fn opened_for(&self) -> Result<Rights, Errno> {
        Ok(match self.filetype {
            Filetype::REGULAR_FILE | Filetype::CHARACTER_DEVICE | Filetype::BLOCK_DEVICE => {
                match self.host_flags()? & libc::O_ACCMODE {
                    libc::O_RDONLY => Rights::all()
                        .difference(Rights::FD_WRITE | Rights::FILE_ALLOCATE | Rights::FILE_STAT_FPUT_SIZE),
                    libc::O_WRONLY => Rights::all().difference(
                        Rights::FD_READ | Rights::MEM_MAP | Rights::MEM_MAP_EXEC | Rights::PROC_EXEC,
                    ),
                    _ => Rights::all(),
                }
            }
            _ => Rights::all(),
        })
    }

    /// All rights that make sense for it.
    fn sensible_rights(&self) -> RightsPair {
        RightsPair::of_filetype(self.filetype, || self.terminal)
    }

    /// Those of the rights that make sense for it, to which the kernel holds its descriptor from now on.
    ///
    /// # Errors
    /// What cap_rights_limit(2) says.
    pub fn limit(&self, rights: RightsPair) -> Result<RightsPair, Errno> {
        let rights = self.sensible_rights().intersection(rights);
        self.limit_further(&self.fd, rights, false)?;
        Ok(rights)
    }

    /// A copy of the kernel's descriptor that is held to these rights, for others: they may be fewer than the object's.
    ///
    /// # Errors
    /// What fcntl(2) and cap_rights_limit(2) say.
    pub fn copy_with(&self, rights: RightsPair) -> Result<OwnedFd, Errno> {
        let copy = rustix::io::fcntl_dupfd_cloexec(&self.fd, 0).map_err(error)?;
        self.limit_further(&copy, rights, true)?;
        Ok(copy)
    }

    fn limit_further(&self, fd: &OwnedFd, rights: RightsPair, is_copy: bool) -> Result<(), Errno> {
        let Object { filetype, terminal, pair, .. } = *self;
        capsicum::limit(fd, Record { rights, filetype, terminal, pair }, is_copy)
    }

    /// Whether it is a socket that was made as one of a pair.
    pub fn is_one_of_pair(&self) -> bool {
        self.pair
    }

    /// Where a process writes its exit code, if that is known here.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_deref()
    }

    /// Its type.
    pub fn filetype(&self) -> Filetype {
        self.filetype
    }

    /// Its flags. The kernel is asked, since another process may share the open file and have changed them.
    ///
    /// # Errors
    /// Whatever fcntl(2) answers.
    pub fn flags(&self) -> Result<Fdflags, Errno> {
        let flags = fdflags_from_host(self.host_flags()?);
        Ok(if self.rsync { flags | Fdflags::RSYNC } else { flags })
    }

    /// Sets flags.
    ///
    /// # Errors
    /// [`Errno::INVAL`] for undefined flags, [`Errno::NOTSUP`] if [`Fdflags::RSYNC`] is to change, and whatever fcntl(2)
    /// answers.
    pub fn set_flags(&self, flags: Fdflags) -> Result<(), Errno> {
        let bits = fdflags_to_host(flags).map_err(|_| Errno::INVAL)?;
        if flags.contains(Fdflags::RSYNC) != self.rsync {
            return Err(Errno::NOTSUP);
        }
        let settable = libc::O_APPEND | libc::O_NONBLOCK | libc::O_SYNC | libc::O_DSYNC;
        let others = self.host_flags()? & !settable;
        let all = OFlags::from_bits_retain((others | bits).cast_unsigned());
        rustix::fs::fcntl_setfl(&self.fd, all).map_err(error)
    }

    fn host_flags(&self) -> Result<i32, Errno> {
        // SAFETY: the command takes nothing more.
        match unsafe { libc::fcntl(self.fd.as_raw_fd(), libc::F_GETFL) } {
            -1 => Err(super::last_error()),
            flags => Ok(flags),
        }
    }
}

/// The type of what a descriptor refers to, as far as FreeBSD tells: shared memory shows itself as a regular file.
pub fn filetype(fd: BorrowedFd<'_>) -> Result<Filetype, Errno> {
    let stat = rustix::fs::fstat(fd).map_err(error)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Socket
        && let Ok(kind) = rustix::net::sockopt::socket_type(fd)
    {
        return Ok(socket_type_from_host(kind.as_raw().cast_signed()));
    }
    Ok(type_by_mode(stat.st_mode.into()))
}

/// The type as far as the inode tells. A socket is taken for one of streams.
pub fn type_by_mode(mode: u32) -> Filetype {
    match filetype_from_host(mode & u32::from(libc::S_IFMT)) {
        [only] => *only,
        types if types.contains(&Filetype::SOCKET_STREAM) => Filetype::SOCKET_STREAM,
        types => types.first().copied().unwrap_or(Filetype::UNKNOWN),
    }
}

/// Whether it refers to a process: pdgetpid(2).
fn is_process(fd: BorrowedFd<'_>) -> bool {
    let mut pid = 0;
    // SAFETY: the kernel writes a number to the variable.
    unsafe { libc::pdgetpid(fd.as_raw_fd(), &raw mut pid) == 0 }
}

/// Whether it is shared memory: such objects are on no file system, and seals(2) can be asked of them only.
fn is_memory(fd: BorrowedFd<'_>) -> bool {
    // SAFETY: the command takes nothing more.
    unsafe { libc::fcntl(fd.as_raw_fd(), F_GET_SEALS) >= 0 }
}

impl AsFd for Object {
    #[inline(always)]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl cloudabi_host::descriptors::Object for Object {
    fn largest_rights(&self) -> RightsPair {
        // They are settled when the kernel is told of them.
        RightsPair { base: Rights::all(), inheriting: Rights::all() }
    }
}
