//! Files: the calls of the ABI whose names begin with `file_`, on descriptors of the host.
//!
//! Whoever calls has looked up descriptors and rights, and has copied paths out of the program's memory
//! ([`PathBuffer`]). What is left is to do it, beneath the directory and nowhere else, and to answer with errors that
//! the definition lists for the call.
//!
//! How a path is looked up:
//!
//! - Where the system call at the end is `openat2`, it gets the whole path, with `RESOLVE_BENEATH` and
//!   `RESOLVE_NO_MAGICLINKS`.
//! - Other system calls would follow links to anywhere, so they only ever get a single component, and are told not to
//!   follow it. The directory that it is looked up in is opened by `openat2`; for a path of one component it is the one
//!   at hand. A link at the end that has to be followed is walked by [`cloudabi_host::path`].
//! - `openat2` gives up with `EAGAIN` on a path with `..` while anything on the machine is renamed or mounted. It is
//!   asked again a few times; then the walk does it, as it does everything with [`Walk::Components`].
//!
//! Directories on the way are opened with `O_PATH`, which takes the permission to search them and no other.
//!
//! `RLIMIT_FSIZE` makes [`Files::stat_fput`] and [`Files::allocate`] raise `SIGXFSZ`; a runtime ignores that signal.

mod advise;
mod allocate;
mod convert;
mod create;
mod error;
mod link;
mod lookup;
mod open;
mod readdir;
mod readlink;
mod rename;
mod set_attributes;
mod stat;
mod symlink;
mod unlink;
mod walk;

pub use cloudabi_host::path::{LONGEST_PATH, Path, PathBuffer};
pub(crate) use open::BEYOND_PATH;
pub use open::Opened;

use readdir::Positions;
use std::sync::atomic::{AtomicBool, Ordering};

const _: () = assert!(LONGEST_PATH == libc::PATH_MAX as usize - 1, "`PATH_MAX` of linux/limits.h");

/// How paths are looked up. The results are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walk {
    /// By the kernel, where it can.
    #[default]
    Kernel,
    /// Component by component.
    Components,
}

/// The file calls of one process.
///
/// It holds locks, so the child of a fork makes one of its own.
#[derive(Debug, Default)]
pub struct Files {
    walk: Walk,
    positions: Positions,
    shared: AtomicBool,
}

impl Files {
    /// The calls, with paths looked up in the given way.
    pub fn new(walk: Walk) -> Self {
        Files { walk, ..Files::default() }
    }

    /// Notes that other processes may hold the same open directories from now on, since this process has forked, or
    /// has sent or received descriptors. See [`Files::readdir`].
    pub fn share_directories(&self) {
        self.shared.store(true, Ordering::Relaxed);
    }
}
