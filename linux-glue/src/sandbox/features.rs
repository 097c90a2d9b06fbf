//! What the kernel has of what a sandbox needs. It is tried out, not concluded from versions.

use std::fs;

use cloudabi_host::types::Rights;

use super::{Layer, Mode, Sandbox, landlock, seccomp};
use crate::launch::{Granted, LaunchError};

/// What there is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// The version of Landlock; 0 for none. Truncation came with version 3, Linux 6.2; scopes with version 6, Linux 6.12.
    pub landlock: u32,
    /// Filters of system calls that can end a process.
    pub seccomp: bool,
    /// `mount_setattr`, Linux 5.12.
    pub mounts: bool,
    /// Whether this user can make user namespaces, as far as that can be told without doing it.
    pub namespaces: bool,
}

/// What is needed, what it is, and what is exposed without it.
const NEEDS: &[Need] = &[
    Need {
        part: "filters of system calls (seccomp)",
        is_there: |features| features.seccomp,
        layer: Layer::Seccomp,
    },
    Need { part: "Landlock", is_there: |features| features.landlock > 0, layer: Layer::Landlock },
    Need {
        part: "mounts with attributes of their own (`mount_setattr`, Linux 5.12)",
        is_there: |features| features.mounts,
        layer: Layer::World,
    },
    Need {
        part: "user namespaces for this user",
        is_there: |features| features.namespaces,
        layer: Layer::World,
    },
];

/// What some grants need: nothing but Landlock tells writing to a file and cutting it off apart.
const TRUNCATION: &str = "Landlock that keeps files from being cut off (Linux 6.2 has it), for a directory with the right \
                          `fd_write` and without `file_stat_fput_size`";

struct Need {
    part: &'static str,
    is_there: fn(&Features) -> bool,
    layer: Layer,
}

impl Features {
    /// Tries them out.
    pub fn probe() -> Features {
        Features { namespaces: namespaces(), ..Features::of_the_kernel() }
    }

    /// What there is for everybody.
    fn of_the_kernel() -> Features {
        Features {
            landlock: landlock::version(),
            seccomp: seccomp::is_available(),
            mounts: has_mount_attributes(),
            namespaces: false,
        }
    }

    /// What a sandbox of this kind lacks here, for a program that gets directories with these rights: base and inheriting ones
    /// together.
    pub fn missing(&self, sandbox: Sandbox, directories: &[Rights]) -> Vec<&'static str> {
        if sandbox.mode == Mode::None {
            return Vec::new();
        }
        let missing = NEEDS.iter().filter(|need| sandbox.has(need.layer) && !(need.is_there)(self));
        let mut missing: Vec<_> = missing.map(|need| need.part).collect();
        // The weaker mode holds what Landlock can.
        let promised = sandbox.mode == Mode::Full && sandbox.has(Layer::Landlock);
        if promised
            && (1..landlock::TRUNCATION).contains(&self.landlock)
            && directories.iter().any(|rights| landlock::tells_truncation_apart(*rights))
        {
            missing.push(TRUNCATION);
        }
        missing
    }

    /// The next weaker mode that works here.
    pub fn weaker(&self, sandbox: Sandbox) -> Mode {
        let weaker = Mode::ALL.into_iter().skip_while(|mode| *mode != sandbox.mode).skip(1);
        let works = |mode: &Mode| self.missing(Sandbox::new(*mode), &[]).is_empty();
        weaker.into_iter().find(works).unwrap_or(Mode::None)
    }

    /// Makes sure that all of it is there, for a program that gets this, but for namespaces: whether
    /// these can be made shows when they are.
    pub(crate) fn check(sandbox: Sandbox, granted: &[Granted]) -> Result<(), LaunchError> {
        if sandbox.mode == Mode::None {
            return Ok(());
        }
        let features = Features { namespaces: true, ..Features::of_the_kernel() };
        let directories: Vec<_> = match features.landlock {
            ..landlock::TRUNCATION => {
                let directories = granted.iter().filter(|grant| super::is_directory(&grant.fd));
                directories.map(|grant| grant.base | grant.inheriting).collect()
            }
            // Nobody asks.
            _ => Vec::new(),
        };
        match features.missing(sandbox, &directories).first() {
            None => Ok(()),
            Some(part) => {
                let features = Features::probe();
                Err(LaunchError::Missing { part, mode: sandbox.mode, weaker: features.weaker(sandbox) })
            }
        }
    }
}

fn has_mount_attributes() -> bool {
    // SAFETY: the structure has no size, which the kernel says first.
    let result = unsafe {
        libc::syscall(libc::SYS_mount_setattr, -1, c"".as_ptr(), 0, std::ptr::null::<u8>(), 0_usize)
    };
    result == -1 && std::io::Error::last_os_error().raw_os_error() != Some(libc::ENOSYS)
}

/// Whether some sysctl says that there are none. What else may be in the way shows when they are made.
fn namespaces() -> bool {
    let says_none = |name: &str| fs::read_to_string(name).is_ok_and(|text| text.trim() == "0");
    let ordinary = !rustix::process::geteuid().is_root();
    let not_for_us = ordinary && says_none("/proc/sys/kernel/unprivileged_userns_clone");
    !not_for_us && !says_none("/proc/sys/user/max_user_namespaces")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Features =
        Features { landlock: landlock::COMPLETE, seccomp: true, mounts: true, namespaces: true };

    fn missing(features: Features, mode: Mode) -> Vec<&'static str> {
        features.missing(Sandbox::new(mode), &[])
    }

    #[test]
    fn what_is_missing_has_a_name_and_a_weaker_mode() {
        assert!(missing(ALL, Mode::Full).is_empty());
        let without = Features { namespaces: false, ..ALL };
        assert_eq!(missing(without, Mode::Full), ["user namespaces for this user"]);
        assert_eq!(without.weaker(Sandbox::new(Mode::Full)), Mode::Landlock);
        assert!(missing(without, Mode::Landlock).is_empty());
        let without = Features { mounts: false, ..ALL };
        assert!(missing(without, Mode::Full)[0].contains("mount_setattr"));
        assert_eq!(without.weaker(Sandbox::new(Mode::Full)), Mode::Landlock);
        let none = Features { landlock: 0, ..ALL };
        assert_eq!(missing(none, Mode::Full), ["Landlock"]);
        assert_eq!(missing(none, Mode::Landlock), ["Landlock"]);
        assert_eq!(none.weaker(Sandbox::new(Mode::Full)), Mode::None);
        let unfiltered = Features { seccomp: false, ..none };
        assert!(missing(unfiltered, Mode::Full)[0].contains("seccomp"));
        assert!(missing(unfiltered, Mode::None).is_empty());
    }

    #[test]
    fn an_older_landlock_is_enough_unless_a_grant_tells_truncation_apart() {
        let full = Sandbox::new(Mode::Full);
        let apart = [Rights::FILE_OPEN | Rights::FD_WRITE];
        let together = [Rights::FILE_OPEN | Rights::FD_WRITE | Rights::FILE_STAT_FPUT_SIZE, Rights::FD_READ];
        for version in 1..=landlock::COMPLETE {
            let features = Features { landlock: version, ..ALL };
            assert!(features.missing(full, &together).is_empty(), "{version}");
            assert!(features.missing(Sandbox::new(Mode::Landlock), &apart).is_empty(), "{version}");
            assert!(features.missing(full.without(Layer::Landlock), &apart).is_empty(), "{version}");
            let missing = features.missing(full, &apart);
            assert_eq!(missing.is_empty(), version >= 3, "{version}");
            assert!(missing.iter().all(|part| part.contains("6.2") && part.contains("file_stat_fput_size")));
            assert_eq!(features.weaker(full), Mode::Landlock);
        }
    }
}
