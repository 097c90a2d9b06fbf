//! Locks and condition variables that several processes share.
//!
//! No process can be trusted to keep the queue for the others, and any can be killed at any moment. So the kernel's
//! queue for the program's own word is the queue, and whatever threads have to know of one another is in the word.
//!
//! **Locks.** Whoever goes to sleep sets [`Lock::KERNEL_MANAGED`] before, and whoever releases a lock that has it sets the
//! word to [`Lock::UNLOCKED`] and wakes one writer, or all readers if no writer sleeps; so the lock can be taken by
//! others meanwhile. A writer that was woken does not know who else sleeps, and takes the lock with the flag set. If it
//! cannot take it, it sets the flag again before it sleeps or gives up. A thread that gives up takes the flag away, since
//! nobody may be left, and wakes others, who set it again.
//!
//! **Condition variables.** The word has two halves: a generation and the number of waiters. Who waits adds one, releases
//! the lock, and sleeps as long as the generation stays. Who signals all that there are sets the word to
//! [`Condvar::HAS_NO_WAITERS`] and wakes everybody; who signals fewer takes their number off, and wakes as many. The
//! number may be wrong after a process was killed or if time runs out for a waiter that is being signalled. If it is too
//! low, more are woken than were meant; if it is too high, the word stays as it is until the next signal. The rule that
//! keeps signals from getting lost: the word becomes 0 only together with waking everybody.
//!
//! [`Lock::KERNEL_MANAGED`]: cloudabi_host::types::Lock::KERNEL_MANAGED
//! [`Lock::UNLOCKED`]: cloudabi_host::types::Lock::UNLOCKED
//! [`Condvar::HAS_NO_WAITERS`]: cloudabi_host::types::Condvar::HAS_NO_WAITERS

use cloudabi_host::parking::{Lot, Mode, System as _, Word};
use cloudabi_host::types::{Errno, Lock};

use super::futex::{self, ALL, ANY, Futexes, Waited};
use crate::runtime::deadline::Deadline;

const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;
const MANAGED: u32 = Lock::KERNEL_MANAGED.0;
const HOLDERS: u32 = !(WRITE_LOCKED | MANAGED);

/// As which a thread sleeps that waits for a lock.
const READERS: u32 = 1;
/// As which a thread sleeps that waits for a lock.
const WRITERS: u32 = 2;

/// How often a signal looks for waiters that do not sleep yet. They have little left to do until then.
const SIGNAL_TRIES: u32 = 100;

/// Takes a lock, and waits for it at most until a deadline. Whether it was taken.
///
/// # Errors
/// [`Errno::DEADLK`] if the thread holds it for writing, [`Errno::FAULT`] if there is no memory that can be written,
/// [`Errno::INVAL`] if the word says that threads wait and nobody holds it, if it has no room for one more reader, or if
/// others wait for it in the lot, as for one that is not shared.
pub fn lock(
    system: &Futexes,
    lot: &Lot,
    thread: u32,
    word: Word,
    mode: Mode,
    deadline: Option<Deadline>,
) -> Result<bool, Errno> {
    let bits = if mode == Mode::Write { WRITERS } else { READERS };
    let (mut was_checked, mut was_woken) = (false, false);
    let mut spins = 0;
    loop {
        let seen = system.load(word)?;
        let taken = match mode {
            // Others may sleep, of whom nobody else knows now.
            Mode::Write if seen == 0 => Some(WRITE_LOCKED | thread | if was_woken { MANAGED } else { 0 }),
            Mode::Read if seen < HOLDERS => Some(seen + 1),
            _ => None,
        };
        if let Some(taken) = taken {
            if system.compare_exchange(word, seen, taken)? == seen {
                return Ok(true);
            }
            continue;
        }
        if seen & !MANAGED == WRITE_LOCKED | thread {
            return Err(Errno::DEADLK);
        }
        if seen == MANAGED || seen & !MANAGED == HOLDERS {
            return Err(Errno::INVAL);
        }
        if seen & MANAGED == 0 && spins < system.patience() {
            spins += 1;
            system.relax();
            continue;
        }
        if !was_checked && lot.is_awaited(system, word) {
            return Err(Errno::INVAL);
        }
        was_checked = true;
        let queued = seen | MANAGED;
        if queued != seen && system.compare_exchange(word, seen, queued)? != seen {
            continue;
        }
        match futex::wait_shared(word, queued, deadline, bits) {
            Waited::Woken => was_woken = true,
            Waited::Again => {}
            Waited::Fault => return Err(Errno::FAULT),
            Waited::Late => {
                give_up(system, word);
                return Ok(false);
            }
        }
    }
}

/// Takes back that somebody waits, and has those say it again who do. Nobody is to be told of errors: the thread does not
/// want the lock any more.
fn give_up(system: &Futexes, word: Word) {
    loop {
        match system.load(word) {
            Ok(seen) if seen & MANAGED != 0 => match system.compare_exchange(word, seen, seen & !MANAGED) {
                Ok(before) if before == seen => return wake_next(word),
                Ok(_) => {}
                Err(_) => return,
            },
            // Who took it away has woken somebody.
            _ => return,
        }
    }
}

/// Wakes a writer, or all readers if there is none.
fn wake_next(word: Word) {
    if futex::wake_shared(word, 1, WRITERS) == 0 {
        futex::wake_shared(word, ALL, READERS);
    }
}

/// Releases a lock that the thread holds for writing.
///
/// # Errors
/// [`Errno::PERM`] if it does not, [`Errno::FAULT`] if there is no memory that can be written.
pub fn unlock(system: &Futexes, thread: u32, word: Word) -> Result<(), Errno> {
    loop {
        let seen = system.load(word)?;
        if seen & !MANAGED != WRITE_LOCKED | thread {
            // Where nothing can be written there is no lock.
            system.compare_exchange(word, seen, seen)?;
            return Err(Errno::PERM);
        }
        if system.compare_exchange(word, seen, 0)? == seen {
            if seen & MANAGED != 0 {
                wake_next(word);
            }
            return Ok(());
        }
    }
}

/// The part of a condition variable's word that counts waiters.
const COUNT: u32 = 0xffff;

/// One generation.
const GENERATION: u32 = COUNT + 1;

/// A wait that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    generation: u32,
}

/// Begins to wait for a condition variable: from here on signals count.
///
/// # Errors
/// [`Errno::FAULT`] if there is no memory that can be written.
pub fn begin_wait(system: &Futexes, word: Word) -> Result<Waiting, Errno> {
    loop {
        let seen = system.load(word)?;
        let new = if seen & COUNT == 0 {
            fresh_generation(system) | 1
        } else {
            seen + u32::from(seen & COUNT < COUNT)
        };
        if system.compare_exchange(word, seen, new)? == seen {
            return Ok(Waiting { generation: new & !COUNT });
        }
    }
}

/// A generation that is unlikely to have been there a moment ago.
fn fresh_generation(system: &Futexes) -> u32 {
    // Fibonacci hashing: the upper bits depend on all bits of the time.
    let hash = (system.now() as u32).wrapping_mul(0x9e37_79b9);
    (hash & !COUNT).max(GENERATION)
}

/// Waits for a condition variable at most until a deadline. Whether it was signalled.
///
/// # Errors
/// [`Errno::FAULT`] if the memory is gone.
pub fn end_wait(
    system: &Futexes,
    word: Word,
    waiting: Waiting,
    deadline: Option<Deadline>,
) -> Result<bool, Errno> {
    loop {
        let seen = system.load(word)?;
        if seen & !COUNT != waiting.generation {
            return Ok(true);
        }
        match futex::wait_shared(word, seen, deadline, ANY) {
            Waited::Woken => {
                correct(system, word, waiting);
                return Ok(true);
            }
            Waited::Again => {}
            Waited::Fault => return Err(Errno::FAULT),
            Waited::Late => {
                cancel_wait(system, word, waiting);
                return Ok(false);
            }
        }
    }
}

/// Corrects the number of waiters if it says that there are more and none sleeps. It is too high if time ran out for one while
/// another one was being signalled: the one that gave up took the other one for a waiter still.
fn correct(system: &Futexes, word: Word, waiting: Waiting) {
    if let Ok(seen) = system.load(word)
        && seen & !COUNT == waiting.generation
        && futex::sleepers(word, seen) == Some(0)
        && system.compare_exchange(word, seen, 0) == Ok(seen)
    {
        // Somebody may be about to fall asleep, or have fallen asleep since.
        futex::wake_shared(word, ALL, ANY);
    }
}

/// Ends a wait that nobody has signalled. Nobody is to be told of errors: the thread does not wait any more.
pub fn cancel_wait(system: &Futexes, word: Word, waiting: Waiting) {
    while let Ok(seen) = system.load(word)
        && seen & !COUNT == waiting.generation
    {
        let Some(sleepers) = futex::sleepers(word, seen) else { continue };
        let left = ((seen & COUNT).saturating_sub(1)).max(sleepers).min(COUNT);
        let new = if sleepers == 0 || left == 0 { 0 } else { waiting.generation | left };
        match system.compare_exchange(word, seen, new) {
            Ok(before) if before == seen => {
                if new == 0 {
                    // Somebody may have fallen asleep since.
                    futex::wake_shared(word, ALL, ANY);
                }
                return;
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Wakes at most so many of those who wait for a condition variable.
///
/// # Errors
/// [`Errno::FAULT`] if there is no memory that can be written.
pub fn signal(system: &Futexes, word: Word, count: u32) -> Result<(), Errno> {
    // The value does not change. What counts is that it could.
    system.compare_exchange(word, 0, 0)?;
    if count == 0 {
        return Ok(());
    }
    loop {
        let seen = system.load(word)?;
        if seen == 0 {
            return Ok(());
        }
        let left = (seen & COUNT).saturating_sub(count);
        let new = if left == 0 { 0 } else { seen & !COUNT | left };
        if system.compare_exchange(word, seen, new)? != seen {
            continue;
        }
        if new == 0 {
            futex::wake_shared(word, ALL, ANY);
            return Ok(());
        }
        let mut missing = count;
        for _ in 0..SIGNAL_TRIES {
            missing -= futex::wake_shared(word, missing.min(ALL), ANY).min(missing);
            if missing == 0 {
                return Ok(());
            }
            rustix::thread::sched_yield();
        }
        // There are not as many as the word says. Those that there are count as having been signalled.
        let seen = system.load(word)?;
        if seen & !COUNT == new & !COUNT {
            system.compare_exchange(word, seen, 0)?;
        }
        futex::wake_shared(word, ALL, ANY);
        return Ok(());
    }
}
