//! Capability mode, and limiting descriptors: capsicum(4).

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use cloudabi_host::types::{Errno, Filetype, Rights};

use crate::generated::constants::{CAP_EVENT, CAP_FCNTL, CAP_FSTAT, CAP_FSYNC, CAP_SEEK};
use crate::generated::{CAPSICUM_CONSTANTS, capsicum_to_host};
use crate::headers::{CAP_ACCEPT, CAP_FCNTL_GETFL, CAP_FCNTL_SETFL, CAP_GETSOCKOPT};

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
    /// mean taking a connection.
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

/// Limits a descriptor of this type to what these rights need. From here on no process can do more with it, whatever it
/// runs.
///
/// # Errors
/// What cap_rights_limit(2) and cap_fcntls_limit(2) say, in the ABI's terms.
pub fn limit(fd: impl AsFd, rights: Rights, filetype: Filetype) -> Result<(), Errno> {
    let all = CapRights::of(rights, filetype)?;
    let number = fd.as_fd().as_raw_fd();
    // SAFETY: the structure has the kernel's layout, and is only read.
    check(unsafe { libc::cap_rights_limit(number, (&raw const all).cast()) })?;
    let setting = if rights.contains(Rights::FD_STAT_PUT_FLAGS) { CAP_FCNTL_SETFL } else { 0 };
    // SAFETY: the call takes numbers only.
    check(unsafe { cap_fcntls_limit(number, CAP_FCNTL_GETFL | setting) })
}

/// The rights of the ABI of which the kernel lets a descriptor have all that they need.
///
/// # Errors
/// What cap_rights_get(2) says, in the ABI's terms.
pub fn rights_of(fd: impl AsFd) -> Result<Rights, Errno> {
    let mut held = CapRights::NONE;
    // SAFETY: the structure has the kernel's layout, and the kernel fills it in.
    check(unsafe { __cap_rights_get(0, fd.as_fd().as_raw_fd(), (&raw mut held).cast()) })?;
    Ok(held.served())
}

unsafe extern "C" {
    /// cap_rights_get(2), with the version of the structure first.
    fn __cap_rights_get(
        version: libc::c_int,
        fd: libc::c_int,
        rights: *mut libc::cap_rights_t,
    ) -> libc::c_int;

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
