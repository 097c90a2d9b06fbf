//! The second layer: a Landlock domain, made from the rights of what is granted. landlock(7).
//!
//! Inside an empty world it narrows what can be done beneath the directories that are there, and keeps signals and
//! messages within the domain. `proc_exec` adds one more domain for what the next program is left with.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use cloudabi_host::types::Rights;

use super::leader;
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

/// The first version that knows of files that are cut off: Linux 6.2.
pub const TRUNCATION: u32 = 3;

/// The first version that knows of the network: Linux 6.7.
const NETWORK: u32 = 4;

/// The first version that has scopes: Linux 6.12.
pub const SCOPES: u32 = 6;

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
    static KNOWN: OnceLock<u32> = OnceLock::new();
    *KNOWN.get_or_init(ask_for_version)
}

fn ask_for_version() -> u32 {
    let nothing = std::ptr::null::<Attributes>();
    // SAFETY: with this flag the kernel looks at no memory.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0, CREATE_RULESET_VERSION) };
    u32::try_from(version).unwrap_or(0)
}

/// Whether a directory with these rights allows writing to files in it and not cutting them off.
pub fn tells_truncation_apart(rights: Rights) -> bool {
    let access = access(rights, COMPLETE);
    access & constants::LANDLOCK_ACCESS_FS_WRITE_FILE != 0
        && access & constants::LANDLOCK_ACCESS_FS_TRUNCATE == 0
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

/// As many domains as a process can be in, one in the other: `LANDLOCK_MAX_NUM_LAYERS`.
const MOST_DOMAINS: u32 = 16;

/// From so many domains on, one that would allow no less than the last one is left out. (Up to there it is made all the same: it
/// separates a program from others that were started with the same things, whom it then can send no signals.)
const SCARCE: u32 = 12;

/// The domain that this process is in, if it is in one.
static IN_FORCE: Mutex<Option<InForce>> = Mutex::new(None);

#[derive(Debug)]
struct InForce {
    /// How many domains the process is in, one in the other.
    domains: u32,
    /// What the last one allows.
    allowed: Allowed,
    /// Whether it has rules for files at all.
    files: bool,
}

fn in_force() -> MutexGuard<'static, Option<InForce>> {
    IN_FORCE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Directories by device and inode, with the access that is allowed beneath them.
type Allowed = Vec<((u64, u64), u64)>;

/// A set of rules, which is not in force yet.
#[derive(Debug)]
pub struct Rules {
    ruleset: OwnedFd,
    version: u32,
    files: bool,
    allowed: Allowed,
}

impl Rules {
    /// Rules that allow nothing. Without `about_files` they are about the network, signals and abstract sockets only.
    ///
    /// # Errors
    /// What landlock_create_ruleset(2) says.
    pub fn new(about_files: bool) -> io::Result<Rules> {
        let version = version();
        let attributes = Attributes {
            files: if about_files { files(version) } else { 0 },
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
        let ruleset = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Rules { ruleset, version, files: about_files, allowed: Vec::new() })
    }

    /// Allows what these rights need beneath a directory.
    ///
    /// # Errors
    /// What landlock_add_rule(2) says.
    pub fn allow(&mut self, directory: BorrowedFd<'_>, rights: Rights) -> io::Result<()> {
        let access = access(rights, self.version);
        if access == 0 || !self.files {
            return Ok(());
        }
        let stat = rustix::fs::fstat(directory)?;
        self.allowed.push(((stat.st_dev, stat.st_ino), access));
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
    pub fn enforce(self) -> io::Result<()> {
        let ruleset = self.ruleset.as_raw_fd();
        leader::enforce(ruleset)?;
        enforce(ruleset)?;
        let mut in_force = in_force();
        let domains = in_force.as_ref().map_or(0, |before| before.domains) + 1;
        *in_force = Some(InForce { domains, allowed: self.allowed, files: self.files });
        Ok(())
    }
}

impl AsFd for Rules {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ruleset.as_fd()
    }
}

/// Puts rules into force for the calling thread, by the kernel's descriptor of them.
pub(super) fn enforce(ruleset: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    let result = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Rules for a program that replaces the one in this process, and has these directories. `None` if none are needed: where
/// Landlock is not used, and where domains are scarce and it has no less than the program before.
///
/// # Errors
/// If the process is in as many domains as there can be, and what the kernel says.
pub fn rules_for_next<'a>(
    directories: impl Iterator<Item = (BorrowedFd<'a>, Rights)>,
) -> io::Result<Option<Rules>> {
    let in_force = in_force();
    let Some(before) = &*in_force else { return Ok(None) };
    let mut rules = Rules::new(before.files)?;
    for (directory, rights) in directories {
        rules.allow(directory, rights)?;
    }
    if before.domains >= SCARCE && covers(&rules.allowed, &before.allowed) {
        return Ok(None);
    }
    if before.domains >= MOST_DOMAINS {
        return Err(io::Error::from_raw_os_error(libc::E2BIG));
    }
    Ok(Some(rules))
}

/// Whether what one set allows, the other one does as well.
fn covers(new: &Allowed, old: &Allowed) -> bool {
    let beneath = |place: &(u64, u64)| {
        new.iter().filter(|(known, _)| known == place).fold(0, |all, (_, access)| all | access)
    };
    old.iter().all(|(place, access)| access & !beneath(place) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_covers_another_if_nothing_is_lost() {
        let old: Allowed = vec![((1, 2), 0b11), ((1, 3), 0b01)];
        assert!(covers(&old, &old));
        assert!(covers(&vec![((1, 2), 0b01), ((1, 2), 0b10), ((1, 3), 0b01), ((9, 9), 1)], &old));
        assert!(!covers(&vec![((1, 2), 0b11)], &old));
        assert!(!covers(&vec![((1, 2), 0b10), ((1, 3), 0b01)], &old));
        assert!(covers(&old, &Vec::new()));
    }

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
