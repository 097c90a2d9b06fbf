//! What a descriptor refers to: an open file of FreeBSD's, and what was found out about it.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Errno, Fdflags, Filetype, Rights};
use rustix::fs::{FileType, OFlags};

use super::error;
use crate::capsicum;
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
}

impl Object {
    /// Something that is open already, whatever it is. Asks the kernel.
    ///
    /// # Errors
    /// Whatever fstat(2) answers.
    pub fn new(fd: OwnedFd, flags: Fdflags) -> Result<Object, Errno> {
        let filetype = filetype(fd.as_fd())?;
        let terminal = filetype == Filetype::CHARACTER_DEVICE && rustix::termios::isatty(&fd);
        Ok(Object { fd, filetype, terminal, rsync: flags.contains(Fdflags::RSYNC) })
    }

    /// Something new whose type is known.
    pub fn made(fd: OwnedFd, filetype: Filetype) -> Object {
        Object { fd, filetype, terminal: false, rsync: false }
    }

    /// Something that came through a socket. What no type is known of is shared memory or a process.
    ///
    /// # Errors
    /// Whatever fstat(2) answers.
    pub fn received(fd: OwnedFd) -> Result<Object, Errno> {
        if is_process(fd.as_fd()) {
            return Ok(Object::made(fd, Filetype::PROCESS));
        }
        let mut object = Object::new(fd, Fdflags::empty())?;
        if object.filetype == Filetype::REGULAR_FILE && is_memory(object.fd.as_fd()) {
            object.filetype = Filetype::SHARED_MEMORY;
        }
        Ok(object)
    }

    /// The rights that the kernel lets its descriptor have, as far as they make sense for it: those of the ABI of which it
    /// has all that the definition says that they need.
    ///
    /// # Errors
    /// Whatever cap_rights_get(2) and fcntl(2) answer.
    pub fn held_to(&self) -> Result<RightsPair, Errno> {
        let held = capsicum::rights_of(&self.fd)?;
        let opened_for = match self.filetype {
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
        };
        let inheriting = match self.filetype {
            // The kernel has one set for both.
            Filetype::DIRECTORY => held,
            _ => Rights::all(),
        };
        let all = RightsPair::of_filetype(self.filetype, || self.terminal);
        Ok(all.intersection(RightsPair { base: held.intersection(opened_for), inheriting }))
    }

    /// Those of the rights that make sense for it, to which the kernel holds its descriptor from now on.
    ///
    /// # Errors
    /// What cap_rights_limit(2) says.
    pub fn limit(&self, rights: RightsPair) -> Result<RightsPair, Errno> {
        let rights = RightsPair::of_filetype(self.filetype, || self.terminal).intersection(rights);
        // What is made from a directory is opened by the directory's rights.
        let all = rights.base | rights.inheriting;
        let for_itself = if self.filetype == Filetype::DIRECTORY { all } else { rights.base };
        capsicum::limit(&self.fd, for_itself, self.filetype)?;
        Ok(rights)
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
