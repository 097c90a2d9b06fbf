//! Capability mode, and limiting descriptors: capsicum(4).

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Errno, Filetype, Rights};

use crate::generated::constants::{
    CAP_EVENT, CAP_FCNTL, CAP_FSTAT, CAP_FSYNC, CAP_MMAP, CAP_MMAP_X, CAP_READ, CAP_SEEK,
};
use crate::generated::{CAPSICUM_CONSTANTS, capsicum_to_host};
use crate::headers::{CAP_ACCEPT, CAP_FCNTL_GETFL, CAP_FCNTL_SETFL, CAP_GETSOCKOPT, CAP_IOCTL};
pub use crate::record::Record;
use crate::record::understand;

/// `cap_rights_t` of sys/_types.h: the rights of each of the two words. The bits at the top say which word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct CapRights([u64; 2]);

/// The bits that say which word a constant belongs to.
const WORDS: [u64; 2] = [1 << 57, 1 << 58];

impl CapRights {
    /// No rights: `cap_rights_init`.
    pub const NONE: CapRights = CapRights(WORDS);

    /// Adds what a constant of sys/capsicum.h stands for: `cap_rights_set`.
    pub const fn add(&mut self, constant: u64) {
        if constant & WORDS[0] != 0 {
            self.0[0] |= constant;
        }
        if constant & WORDS[1] != 0 {
            self.0[1] |= constant;
        }
    }

    /// Whether it has all that a constant of sys/capsicum.h stands for.
    pub const fn has(self, constant: u64) -> bool {
        let word = if constant & WORDS[0] != 0 { self.0[0] } else { self.0[1] };
        word & constant == constant
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: CapRights) -> CapRights {
        CapRights([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }

    /// The rights of the ABI that need nothing but what is in here.
    pub fn served(self) -> Rights {
        let lacking = CAPSICUM_CONSTANTS.iter().filter(|(_, constant)| !self.has(*constant));
        lacking.fold(Rights::all(), |rest, (right, _)| rest.difference(*right))
    }

    /// The words.
    pub const fn words(self) -> [u64; 2] {
        self.0
    }

    /// What a descriptor of this type needs in the kernel for these rights.
    ///
    /// Beside what the definition says: the runtime looks at any file's type and flags, and waits for any. A file is
    /// opened by a directory's rights, and opening one for writing needs the right to seek. Receiving from a socket may
    /// mean taking a connection. The commands of ioctl(2) are the record's. A program is run by reading and mapping it, since
    /// the runtime replaces what runs by itself.
    ///
    /// # Errors
    /// [`Errno::INVAL`] for rights that are not defined.
    pub fn of(rights: Rights, filetype: Filetype) -> Result<CapRights, Errno> {
        let mut all = CapRights::NONE;
        for constant in capsicum_to_host(rights).map_err(|_| Errno::INVAL)?.into_iter().flatten() {
            all.add(constant);
        }
        all.add(CAP_FSTAT);
        all.add(CAP_FCNTL);
        all.add(CAP_EVENT);
        all.add(CAP_IOCTL);
        if rights.contains(Rights::PROC_EXEC) {
            all.add(CAP_READ);
            all.add(CAP_SEEK);
            all.add(CAP_MMAP);
            all.add(CAP_MMAP_X);
        }
        match filetype {
            Filetype::DIRECTORY if rights.contains(Rights::FD_WRITE) => {
                all.add(CAP_SEEK);
                all.add(CAP_FSYNC);
            }
            Filetype::SOCKET_STREAM | Filetype::SOCKET_DGRAM => {
                all.add(CAP_GETSOCKOPT);
                all.add(CAP_ACCEPT);
            }
            _ => {}
        }
        Ok(all)
    }
}

/// Limits a descriptor to what these rights need, and writes down which they are. From here on no process can do more with
/// it, whatever it runs, and nobody who receives a copy can take it for more.
///
/// # Errors
/// What cap_rights_limit(2), cap_fcntls_limit(2) and cap_ioctls_limit(2) say, in the ABI's terms.
pub fn limit(fd: impl AsFd, record: Record, is_copy: bool) -> Result<(), Errno> {
    let Record { rights, filetype, .. } = record;
    // What is made from a directory is opened by the directory's rights.
    let inheriting = if filetype == Filetype::DIRECTORY { rights.inheriting } else { Rights::empty() };
    let number = fd.as_fd().as_raw_fd();
    // What the runtime would like beside, it may have to do without.
    let all = CapRights::of(rights.base | inheriting, filetype)?.intersection(held(number)?);
    // SAFETY: the structure has the kernel's layout, and is only read.
    check(unsafe { libc::cap_rights_limit(number, (&raw const all).cast()) })?;
    let setting = if rights.base.contains(Rights::FD_STAT_PUT_FLAGS) { CAP_FCNTL_SETFL } else { 0 };
    // SAFETY: the call takes numbers only.
    check(unsafe { cap_fcntls_limit(number, fcntls(number)? & (CAP_FCNTL_GETFL | setting)) })?;
    if all.has(CAP_IOCTL) { write(number, record, is_copy) } else { Ok(()) }
}

/// As [`limit`], for a pipe of the runtime's own that is only written to.
///
/// # Errors
/// As there.
pub fn limit_to_writing(fd: impl AsFd) -> Result<(), Errno> {
    let mut all = CapRights::NONE;
    all.add(crate::generated::constants::CAP_WRITE);
    // SAFETY: the structure has the kernel's layout, and is only read.
    check(unsafe { libc::cap_rights_limit(fd.as_fd().as_raw_fd(), (&raw const all).cast()) })
}

/// The rights of the ABI of which the kernel lets a descriptor of this type have all that they need, and which were not given
/// up before it came here; and whether it is a socket that was made as one of a pair.
///
/// # Errors
/// What cap_rights_get(2) and cap_ioctls_get(2) say, in the ABI's terms.
pub fn rights_of(fd: impl AsFd, filetype: Filetype) -> Result<(RightsPair, bool), Errno> {
    let number = fd.as_fd().as_raw_fd();
    let held = held(number)?;
    let base = held.served();
    // The kernel has one set for both.
    let inheriting = if filetype == Filetype::DIRECTORY { base } else { Rights::all() };
    let recorded =
        if held.has(CAP_IOCTL) { list(number)?.and_then(|list| understand(&list, filetype)) } else { None };
    let (recorded, pair) = recorded.unwrap_or((RightsPair::ALL, false));
    Ok((RightsPair { base, inheriting }.intersection(recorded), pair))
}

/// What the kernel lets a descriptor have.
fn held(fd: RawFd) -> Result<CapRights, Errno> {
    let mut held = CapRights::NONE;
    // SAFETY: the structure has the kernel's layout, and the kernel fills it in.
    check(unsafe { __cap_rights_get(0, fd, (&raw mut held).cast()) })?;
    Ok(held)
}

/// As many commands of ioctl(2) as there can be: `IOCTLS_MAX_COUNT` of sys/capsicum.h.
const MOST_COMMANDS: usize = 256;

/// Writes a record down. What is not in the list yet can have been taken away before it came here, and stays away.
fn write(fd: RawFd, record: Record, is_copy: bool) -> Result<(), Errno> {
    let before = list(fd)?;
    let known = |number: &u64| before.as_ref().is_none_or(|before| before.contains(number));
    let list: Vec<u64> = record.list(is_copy).filter(known).collect();
    // SAFETY: there are so many numbers, which are only read.
    check(unsafe { libc::cap_ioctls_limit(fd, list.as_ptr(), list.len()) })
}

/// The commands of ioctl(2) that a descriptor is limited to, unless all are allowed.
fn list(fd: RawFd) -> Result<Option<Vec<u64>>, Errno> {
    let mut list = vec![0; MOST_COMMANDS];
    // SAFETY: there is room for so many.
    let count = unsafe { libc::cap_ioctls_get(fd, list.as_mut_ptr(), MOST_COMMANDS) };
    let count = usize::try_from(count).map_err(|_| crate::runtime::last_error())?;
    // More than there can be: all are allowed.
    if count > MOST_COMMANDS {
        return Ok(None);
    }
    list.truncate(count);
    Ok(Some(list))
}

/// Which commands of fcntl(2) a descriptor is limited to.
fn fcntls(fd: RawFd) -> Result<u32, Errno> {
    let mut commands = 0;
    // SAFETY: the kernel writes a number to the variable.
    check(unsafe { cap_fcntls_get(fd, &raw mut commands) })?;
    Ok(commands)
}

unsafe extern "C" {
    /// cap_rights_get(2), with the version of the structure first.
    fn __cap_rights_get(
        version: libc::c_int,
        fd: libc::c_int,
        rights: *mut libc::cap_rights_t,
    ) -> libc::c_int;

    /// cap_fcntls_get(2)
    fn cap_fcntls_get(fd: libc::c_int, rights: *mut u32) -> libc::c_int;

    /// cap_fcntls_limit(2)
    fn cap_fcntls_limit(fd: libc::c_int, rights: u32) -> libc::c_int;
}

fn check(result: libc::c_int) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(crate::runtime::last_error()) }
}

/// Enters capability mode: from here on this process, and those that it makes, reach nothing but through descriptors.
///
/// # Errors
/// What cap_enter(2) says: that the kernel was built without it.
pub fn enter() -> io::Result<()> {
    // SAFETY: the call takes nothing.
    if unsafe { libc::cap_enter() } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
