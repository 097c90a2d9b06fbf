//! What the kernel has of what a sandbox needs. It is tried out, not concluded from versions.

use std::fs;

use super::{Layer, Mode, Sandbox, landlock, seccomp};
use crate::launch::LaunchError;

/// What there is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// The version of Landlock; 0 for none. Scopes came with version 6, Linux 6.12.
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
    Need {
        part: "Landlock, with scopes for signals and abstract sockets (Linux 6.12 has it)",
        is_there: |features| features.landlock >= landlock::COMPLETE,
        layer: Layer::World,
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

    /// What a sandbox of this kind lacks here.
    pub fn missing(&self, sandbox: Sandbox) -> impl Iterator<Item = &'static str> {
        let needed = NEEDS.iter().filter(move |need| sandbox.mode != Mode::None && sandbox.has(need.layer));
        let missing = needed.filter(|need| !(need.is_there)(self)).map(|need| need.part);
        missing.collect::<Vec<_>>().into_iter()
    }

    /// The next weaker mode that works here.
    pub fn weaker(&self, sandbox: Sandbox) -> Mode {
        let weaker = Mode::ALL.into_iter().skip_while(|mode| *mode != sandbox.mode).skip(1);
        let works = |mode: &Mode| self.missing(Sandbox::new(*mode)).next().is_none();
        weaker.into_iter().find(works).unwrap_or(Mode::None)
    }

    /// Makes sure that all of it is there, but for namespaces: whether these can be made shows when they are.
    pub(crate) fn check(sandbox: Sandbox) -> Result<(), LaunchError> {
        if sandbox.mode == Mode::None {
            return Ok(());
        }
        let features = Features { namespaces: true, ..Features::of_the_kernel() };
        match features.missing(sandbox).next() {
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
        features.missing(Sandbox::new(mode)).collect()
    }

    #[test]
    fn what_is_missing_has_a_name_and_a_weaker_mode() {
        assert!(missing(ALL, Mode::Full).is_empty());
        let without = Features { namespaces: false, ..ALL };
        assert_eq!(missing(without, Mode::Full), ["user namespaces for this user"]);
        assert_eq!(without.weaker(Sandbox::new(Mode::Full)), Mode::Landlock);
        assert!(missing(without, Mode::Landlock).is_empty());
        let old = Features { landlock: 2, ..ALL };
        assert!(missing(old, Mode::Full)[0].contains("6.12"));
        assert_eq!(old.weaker(Sandbox::new(Mode::Full)), Mode::Landlock);
        let none = Features { landlock: 0, ..ALL };
        assert_eq!(missing(none, Mode::Landlock), ["Landlock"]);
        assert_eq!(none.weaker(Sandbox::new(Mode::Full)), Mode::None);
        assert!(missing(Features { seccomp: false, ..none }, Mode::None).is_empty());
    }
}
