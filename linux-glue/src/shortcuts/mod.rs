//! What only Linux has and the host takes where it can, although there is another way.
//!
//! | shortcut | what it saves | the other way |
//! | --- | --- | --- |
//! | `openat2` | opening each directory on a path | [`cloudabi_host::path`] walks |
//! | `pidfd` | guessing by what signal a process ended that did not say so | the line to a process is all there is of it: [`crate::runtime`]'s `line.rs` |
//! | `futex-bitsets` | waking readers and writers together | whoever waits for a shared lock is woken: [`cloudabi_host::parking::shared`] |
//! | `futex-counts` | waking more than are signalled of those who wait for a shared condition variable | they find out who is meant: [`cloudabi_host::parking::shared_condvar`] |
//!
//! The other ways are those of hosts that have nothing of the kind. With the feature `shortcut-switches`, which no release
//! has, shortcuts can be switched off, so that the conformance kit is run on the other ways: `cargo xtask shortcuts`. The
//! kernel then ends a process that takes one nevertheless (`forbidden.rs`).
//!
//! What else is Linux's own has no other way here:
//!
//! - `F_SETSIG`, by which the kernel ends a process when nobody holds it any more. FreeBSD does that for its process
//!   descriptors, and macOS needs a thread for it.
//! - `O_PATH`, for directories that may be searched and not read. Other systems have `O_SEARCH` for that, which Linux has not.
//! - `memfd_create`, for memory without a name. Others have an anonymous `shm_open`, or one whose name is taken away.
//! - Timer descriptors, for waiting until a time of the clock that can be set. Others have timers in a kqueue. Descriptors are waited
//!   for with `ppoll` in any case: there is no `epoll` to be switched off.

#[cfg(feature = "shortcut-switches")]
pub(crate) mod forbidden;

#[cfg(feature = "shortcut-switches")]
use std::sync::atomic::{AtomicU8, Ordering};

/// Something of Linux's that the host can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// Look-ups that the kernel confines: openat2(2).
    Openat2,
    /// Descriptors of processes: pidfd_open(2).
    Pidfd,
    /// Waking threads that wait for one thing and not those that wait for another: `FUTEX_WAKE_BITSET` of futex(2).
    FutexBitsets,
    /// Knowing how many threads sleep and how many were woken: results of futex(2), and `FUTEX_CMP_REQUEUE`.
    FutexCounts,
}

#[cfg(feature = "shortcut-switches")]
static SWITCHED_OFF: AtomicU8 = AtomicU8::new(0);

impl Shortcut {
    /// All of them.
    pub const ALL: [Shortcut; 4] =
        [Shortcut::Openat2, Shortcut::Pidfd, Shortcut::FutexBitsets, Shortcut::FutexCounts];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Shortcut::Openat2 => "openat2",
            Shortcut::Pidfd => "pidfd",
            Shortcut::FutexBitsets => "futex-bitsets",
            Shortcut::FutexCounts => "futex-counts",
        }
    }

    /// Whether the host takes it.
    #[cfg(not(feature = "shortcut-switches"))]
    #[inline(always)]
    pub(crate) const fn is_taken(self) -> bool {
        true
    }

    /// Whether the host takes it.
    #[cfg(feature = "shortcut-switches")]
    pub(crate) fn is_taken(self) -> bool {
        SWITCHED_OFF.load(Ordering::Relaxed) & 1 << self as u8 == 0
    }

    /// Has this process, and those that it makes, do without it. To be called before a program is started.
    #[cfg(feature = "shortcut-switches")]
    pub fn switch_off(self) {
        SWITCHED_OFF.fetch_or(1 << self as u8, Ordering::Relaxed);
    }
}
