//! futex(2), for words of the runtime's and for words of the program's.

use std::sync::atomic::AtomicU32;

use cloudabi_host::memory::{AtomicMemory as _, Fault};
use cloudabi_host::parking::shared::{SharedSystem, Waited};
use cloudabi_host::parking::{Mode, Slept, System, Word};
use cloudabi_host::types::Clockid;
use rustix::fs::Timespec;

use crate::memory::Guest;
use crate::runtime::clocks;
use crate::runtime::deadline::{Clock, Deadline};
use crate::runtime::stop;
use crate::shortcuts::Shortcut;

// Operations and flags of futex(2).
const WAIT_BITSET: i32 = libc::FUTEX_WAIT_BITSET;
const WAKE: i32 = libc::FUTEX_WAKE;
const WAKE_BITSET: i32 = libc::FUTEX_WAKE_BITSET;
const CMP_REQUEUE: i32 = libc::FUTEX_CMP_REQUEUE;
const PRIVATE: i32 = libc::FUTEX_PRIVATE_FLAG;
const REALTIME: i32 = libc::FUTEX_CLOCK_REALTIME;

/// Every waiter, whatever it waits for.
pub const ANY: u32 = u32::MAX;

/// As many waiters as there may be.
pub const ALL: u32 = i32::MAX as u32;

/// As which a thread sleeps that waits for a lock to read under it.
const READERS: u32 = 1;
/// As which a thread sleeps that waits for a lock to write under it.
const WRITERS: u32 = 2;

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
    let operation = if bits == ANY { WAKE } else { WAKE_BITSET };
    let woken = futex(word.address(), operation, count, 0, 0, bits);
    // An error means that there is no memory, and so nobody who could sleep there.
    u32::try_from(woken).unwrap_or(0)
}

/// How many sleep in [`wait_shared`]; `None` if the word does not have this value.
pub fn sleepers(word: Word, value: u32) -> Option<u32> {
    // All are moved from the word's queue to the end of the same queue, and counted on the way.
    let counted = futex(word.address(), CMP_REQUEUE, 0, ALL.into(), word.address(), value);
    u32::try_from(counted).ok()
}

/// How long a thread sleeps at most before it looks at a lock again that processes share, in nanoseconds.
const LOOK_AGAIN: u64 = 1_000_000_000;

/// Sleeps as [`wait_shared`] does, as one who waits for a lock in this mode. Without `classes` all sleepers are alike.
fn wait_for_lock(word: Word, value: u32, deadline: Option<Deadline>, mode: Mode, classes: bool) -> Waited {
    let bits = match mode {
        _ if !classes => ANY,
        Mode::Read => READERS,
        Mode::Write => WRITERS,
    };
    wait_shared(word, value, deadline, bits)
}

/// Wakes a writer of those that sleep in [`wait_for_lock`], or all readers if there is none. Without `classes` it wakes
/// everybody.
fn wake_for_lock(word: Word, classes: bool) {
    if !classes {
        wake_shared(word, ALL, ANY);
    } else if wake_shared(word, 1, WRITERS) == 0 {
        wake_shared(word, ALL, READERS);
    }
}

/// What the parking lot needs, and locks that processes share.
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
        futex(word.addr() as u64, WAKE | PRIVATE, 1, 0, 0, 0);
    }

    fn now(&self) -> u64 {
        clocks::time(Clockid::MONOTONIC).unwrap_or(0)
    }
}

impl SharedSystem for Futexes {
    fn wait_shared(&self, word: Word, value: u32, deadline: Option<Deadline>, mode: Mode) -> Waited {
        let until = Deadline::or_after(deadline, LOOK_AGAIN);
        match wait_for_lock(word, value, Some(until), mode, Shortcut::FutexBitsets.is_taken()) {
            Waited::Late if !deadline.is_some_and(Deadline::has_passed) => Waited::Woken,
            waited => waited,
        }
    }

    fn wake_next(&self, word: Word) {
        wake_for_lock(word, Shortcut::FutexBitsets.is_taken());
    }

    fn wake_all(&self, word: Word) {
        wake_shared(word, ALL, ANY);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use cloudabi_host::memory::Region;

    use super::*;

    /// Has a reader and a writer sleep, wakes the next, and says who wakes before anybody is woken again.
    fn woken(classes: bool) -> Vec<Mode> {
        let place = AtomicU32::new(7);
        let address = place.as_ptr().addr() as u64;
        let region = Region::new(address, address + 4).expect("it does not wrap");
        let word = Word::new(region, address).expect("it is in there");
        let (tell, heard) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for mode in [Mode::Read, Mode::Write] {
                let tell = tell.clone();
                scope.spawn(move || {
                    let woken = wait_for_lock(word, 7, None, mode, classes);
                    assert_eq!(woken, Waited::Woken);
                    tell.send(mode).expect("somebody listens");
                });
            }
            while sleepers(word, 7) != Some(2) {
                std::thread::yield_now();
            }
            wake_for_lock(word, classes);
            // Whoever was woken sleeps no more, whether it has run or not.
            let asleep = sleepers(word, 7).expect("the value stays") as usize;
            let mut woken: Vec<_> = heard.iter().take(2 - asleep).collect();
            woken.sort_by_key(|mode| *mode == Mode::Write);
            place.store(0, Ordering::Relaxed);
            wake_shared(word, ALL, ANY);
            woken
        })
    }

    #[test]
    fn a_writer_is_woken_before_readers_where_the_kernel_knows_them_apart() {
        assert_eq!(woken(true), [Mode::Write]);
        assert_eq!(woken(false), [Mode::Read, Mode::Write]);
    }
}
