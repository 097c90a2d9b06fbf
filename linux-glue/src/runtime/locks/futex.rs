//! futex(2), for words of the runtime's and for words of the program's.

use std::sync::atomic::AtomicU32;

use cloudabi_host::memory::{AtomicMemory as _, Fault};
use cloudabi_host::parking::{Slept, System, Word};
use cloudabi_host::types::Clockid;
use rustix::fs::Timespec;

use crate::memory::Guest;
use crate::runtime::clocks;
use crate::runtime::deadline::{Clock, Deadline};
use crate::runtime::stop;

// Operations and flags of futex(2).
const WAIT_BITSET: i32 = libc::FUTEX_WAIT_BITSET;
const WAKE_BITSET: i32 = libc::FUTEX_WAKE_BITSET;
const CMP_REQUEUE: i32 = libc::FUTEX_CMP_REQUEUE;
const PRIVATE: i32 = libc::FUTEX_PRIVATE_FLAG;
const REALTIME: i32 = libc::FUTEX_CLOCK_REALTIME;

/// Every waiter, whatever it waits for.
pub const ANY: u32 = u32::MAX;

/// As many waiters as there may be.
pub const ALL: u32 = i32::MAX as u32;

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Somebody woke the thread.
    Woken,
    /// The word had another value, or a signal came.
    Again,
    /// The deadline has passed.
    Late,
    /// There is no memory.
    Fault,
}

/// Makes the call. Negative results are error numbers.
fn futex(address: u64, operation: i32, value: u32, fourth: u64, other: u64, third_value: u32) -> i64 {
    // SAFETY: the kernel changes no word in any of the operations used here, reads them by itself, and finds out whether
    // there is memory.
    let result =
        unsafe { libc::syscall(libc::SYS_futex, address, operation, value, fourth, other, third_value) };
    if result < 0 {
        -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL))
    } else {
        result
    }
}

fn wait(address: u64, flags: i32, value: u32, deadline: Option<Deadline>, bits: u32) -> Waited {
    let clock = match deadline {
        Some(Deadline { clock: Clock::Realtime, .. }) => REALTIME,
        _ => 0,
    };
    let time = deadline.map(Deadline::timespec);
    let time = time.as_ref().map_or(0, |time: &Timespec| std::ptr::from_ref(time).addr() as u64);
    match futex(address, WAIT_BITSET | flags | clock, value, time, 0, bits) {
        0 => Waited::Woken,
        error if error == -i64::from(libc::ETIMEDOUT) => Waited::Late,
        error if error == -i64::from(libc::EFAULT) => Waited::Fault,
        error if error == -i64::from(libc::EINTR) => {
            stop::interrupted();
            Waited::Again
        }
        // `EAGAIN`. Other errors do not happen with the arguments used here.
        _ => Waited::Again,
    }
}

/// Sleeps while a word of the program's has this value, as one of those that any of the bits stand for. Other processes
/// that share the word can wake the thread.
pub fn wait_shared(word: Word, value: u32, deadline: Option<Deadline>, bits: u32) -> Waited {
    wait(word.address(), 0, value, deadline, bits)
}

/// Wakes so many of those that sleep in [`wait_shared`] and that any of the bits stand for. How many there were.
pub fn wake_shared(word: Word, count: u32, bits: u32) -> u32 {
    let woken = futex(word.address(), WAKE_BITSET, count, 0, 0, bits);
    // An error means that there is no memory, and so nobody who could sleep there.
    u32::try_from(woken).unwrap_or(0)
}

/// How many sleep in [`wait_shared`]; `None` if the word does not have this value.
pub fn sleepers(word: Word, value: u32) -> Option<u32> {
    // All are moved from the word's queue to the end of the same queue, and counted on the way.
    let counted = futex(word.address(), CMP_REQUEUE, 0, ALL.into(), word.address(), value);
    u32::try_from(counted).ok()
}

/// What the parking lot needs.
#[derive(Clone, Copy, Debug)]
pub struct Futexes(pub Guest);

impl System for Futexes {
    type Deadline = Deadline;

    #[inline(always)]
    fn load(&self, word: Word) -> Result<u32, Fault> {
        self.0.load_word(word)
    }

    #[inline(always)]
    fn compare_exchange(&self, word: Word, current: u32, new: u32) -> Result<u32, Fault> {
        self.0.compare_exchange_word(word, current, new)
    }

    fn wait(&self, word: &AtomicU32, value: u32, deadline: Option<Deadline>) -> Slept {
        match wait(word.as_ptr().addr() as u64, PRIVATE, value, deadline, ANY) {
            Waited::Late => Slept::Late,
            _ => Slept::Woken,
        }
    }

    fn wake(&self, word: *const AtomicU32) {
        futex(word.addr() as u64, WAKE_BITSET | PRIVATE, 1, 0, 0, ANY);
    }

    fn now(&self) -> u64 {
        clocks::time(Clockid::MONOTONIC).unwrap_or(0)
    }
}
