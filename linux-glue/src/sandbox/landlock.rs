//! The second layer: a Landlock domain, made from the rights of what is granted. landlock(7).
//!
//! Inside an empty world it narrows what can be done beneath the directories that are there, and keeps signals and
//! messages within the domain. `proc_exec` adds one more domain for what the next program is left with.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use cloudabi_host::types::Rights;

use crate::generated::{constants, landlock_access_to_host};

/// The version of Landlock that this knows all of: Linux 6.12.
pub const COMPLETE: u32 = 6;

/// What access each version of Landlock brought for files, from version 1 on.
const FILES: [u64; 6] = [
    0x1fff,
    constants::LANDLOCK_ACCESS_FS_REFER,
    constants::LANDLOCK_ACCESS_FS_TRUNCATE,
    0,
    constants::LANDLOCK_ACCESS_FS_IOCTL_DEV,
    0,
];

/// The first version that knows of the network, and the first that has scopes.
const NETWORK: u32 = 4;
const SCOPES: u32 = 6;

/// `struct landlock_ruleset_attr` of linux/landlock.h.
#[repr(C)]
struct Attributes {
    files: u64,
    network: u64,
    scopes: u64,
}

/// `struct landlock_path_beneath_attr` of linux/landlock.h.
#[repr(C, packed)]
struct Beneath {
    access: u64,
    directory: i32,
}

const CREATE_RULESET_VERSION: u32 = 1;
const RULE_PATH_BENEATH: u32 = 1;

/// Which version of Landlock the kernel has; 0 for none.
pub fn version() -> u32 {
    let nothing = std::ptr::null::<Attributes>();
    // SAFETY: with this flag the kernel looks at no memory.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0, CREATE_RULESET_VERSION) };
    u32::try_from(version).unwrap_or(0)
}

/// All kinds of access to files that a version knows.
fn files(version: u32) -> u64 {
    FILES.iter().take(version as usize).fold(0, |all, new| all | new)
}

/// What these rights need, of what a version knows.
pub fn access(rights: Rights, version: u32) -> u64 {
    // Rights that are not defined do not come here.
    landlock_access_to_host(Rights::all().intersection(rights)).unwrap_or(0) & files(version)
}

/// A set of rules, which is not in force yet.
#[derive(Debug)]
pub struct Rules {
    ruleset: OwnedFd,
    version: u32,
}

impl Rules {
    /// Rules that allow nothing.
    ///
    /// # Errors
    /// What landlock_create_ruleset(2) says.
    pub fn new() -> io::Result<Rules> {
        let version = version();
        let attributes = Attributes {
            files: files(version),
            network: constants::LANDLOCK_ACCESS_NET_BIND_TCP | constants::LANDLOCK_ACCESS_NET_CONNECT_TCP,
            scopes: constants::LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | constants::LANDLOCK_SCOPE_SIGNAL,
        };
        // Older kernels know only the beginning of the structure.
        let size = match version {
            ..NETWORK => 8_usize,
            NETWORK..SCOPES => 16,
            _ => 24,
        };
        // SAFETY: the kernel reads so much of the structure.
        let fd = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, &raw const attributes, size, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        let fd = i32::try_from(fd).map_err(|_| io::ErrorKind::InvalidData)?;
        // SAFETY: the kernel has made it for us.
        Ok(Rules { ruleset: unsafe { OwnedFd::from_raw_fd(fd) }, version })
    }

    /// Allows what these rights need beneath a directory.
    ///
    /// # Errors
    /// What landlock_add_rule(2) says.
    pub fn allow(&self, directory: BorrowedFd<'_>, rights: Rights) -> io::Result<()> {
        let access = access(rights, self.version);
        if access == 0 {
            return Ok(());
        }
        let rule = Beneath { access, directory: directory.as_raw_fd() };
        let ruleset = self.ruleset.as_raw_fd();
        // SAFETY: the kernel reads the structure.
        let result = unsafe {
            libc::syscall(libc::SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &raw const rule, 0)
        };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Puts them into force for the calling thread and what it makes from here on, for good.
    ///
    /// # Errors
    /// What landlock_restrict_self(2) says: `E2BIG` if there are 16 domains already.
    pub fn enforce(&self) -> io::Result<()> {
        // SAFETY: the call takes numbers only.
        let result = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.ruleset.as_raw_fd(), 0) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

impl AsFd for Rules {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ruleset.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_kernels_are_asked_for_what_they_know() {
        assert_eq!(files(0), 0);
        assert_eq!(files(1), 0x1fff);
        assert_eq!(files(2), 0x3fff);
        assert_eq!(files(3), 0x7fff);
        assert_eq!(files(COMPLETE), 0xffff);
        assert_eq!(files(99), 0xffff);
        let truncate = constants::LANDLOCK_ACCESS_FS_TRUNCATE;
        assert_eq!(access(Rights::FILE_STAT_FPUT_SIZE, 2) & truncate, 0);
        assert_eq!(access(Rights::FILE_STAT_FPUT_SIZE, 3) & truncate, truncate);
    }
}
