//! Condition variables that several processes share, for systems that tell neither how many they woke nor who was woken.
//!
//! As for the locks ([`super::shared`]) the system's queue for the program's own word is the queue. The word has three parts: a
//! generation, how many wait, and how many of them are *called*: signalled, and not awake yet. Who waits adds one to the
//! number, releases the lock, and sleeps until somebody is called or the generation is another one. Who signals calls as many as
//! are meant, and wakes everybody: the first ones take a call each, and the others go back to sleep. A call is for those who waited
//! when it was made. So whoever comes while there are calls lets the others take them first; if they do not, because one was killed,
//! everybody is woken for good.
//!
//! The rule that keeps signals from getting lost: the word becomes [`Condvar::HAS_NO_WAITERS`], or has another generation, only
//! together with waking everybody. Those who find that have been signalled. So a number that is wrong after a process was killed wakes
//! more than were meant, or stays until the next signal.
//!
//! [`Condvar::HAS_NO_WAITERS`]: crate::types::Condvar::HAS_NO_WAITERS

use super::shared::{SharedSystem, Waited};
use super::{Mode, Word};
use crate::types::Errno;

/// The part of a word that counts those who wait. If there are more, all of them are woken by each signal.
const WAITING: u32 = 0x7f;

/// One who is called.
const ONE_CALL: u32 = WAITING + 1;

/// The part of a word that counts those who are called.
const CALLS: u32 = WAITING * ONE_CALL;

/// One generation.
const GENERATION: u32 = CALLS + ONE_CALL;

/// The part of a word that is the generation.
const GENERATIONS: u32 = !(WAITING | CALLS);

/// How often a thread lets others take their calls before it takes them for dead.
const PATIENCE: u32 = 1000;

/// A wait that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    generation: u32,
}

const fn waiting(word: u32) -> u32 {
    word & WAITING
}

const fn calls(word: u32) -> u32 {
    (word & CALLS) / ONE_CALL
}

/// How many nanoseconds are one generation, as a power of two: fewer than pass between two signals that are both awaited.
const TIME: u32 = 8;

/// A generation that was not there a moment ago: the time. It comes again after 67 milliseconds, when those who were signalled have
/// seen that they were, or by a chance of one in 2^18 have not.
fn fresh_generation(system: &impl SharedSystem) -> u32 {
    (((system.now() >> TIME) as u32).wrapping_mul(GENERATION)).max(GENERATION)
}

/// Sets a word to zero, and wakes everybody. Whether it had the value that was expected.
fn wake_for_good(system: &impl SharedSystem, word: Word, seen: u32) -> Result<bool, Errno> {
    let done = system.compare_exchange(word, seen, 0)? == seen;
    if done {
        system.wake_all(word);
    }
    Ok(done)
}

/// Begins to wait for a condition variable: from here on signals count.
///
/// # Errors
/// [`Errno::FAULT`] if there is no memory that can be written.
pub fn begin_wait(system: &impl SharedSystem, word: Word) -> Result<Waiting, Errno> {
    let mut patience = PATIENCE;
    loop {
        let seen = system.load(word)?;
        if waiting(seen) != 0 && calls(seen) != 0 {
            if patience == 0 {
                wake_for_good(system, word, seen)?;
            } else {
                patience -= 1;
                system.give_way();
            }
            continue;
        }
        let new = match waiting(seen) {
            // Whatever else is in there is nobody's.
            0 => fresh_generation(system) | 1,
            WAITING => seen,
            _ => seen + 1,
        };
        if system.compare_exchange(word, seen, new)? == seen {
            if waiting(seen) == 0 && seen != 0 {
                system.wake_all(word);
            }
            return Ok(Waiting { generation: new & GENERATIONS });
        }
    }
}

/// Waits for a condition variable at most until a deadline. Whether it was signalled.
///
/// # Errors
/// [`Errno::FAULT`] if the memory is gone.
pub fn end_wait<S: SharedSystem>(
    system: &S,
    word: Word,
    Waiting { generation }: Waiting,
    deadline: Option<S::Deadline>,
) -> Result<bool, Errno> {
    let mut late = false;
    loop {
        let seen = system.load(word)?;
        if seen & GENERATIONS != generation || waiting(seen) == 0 {
            return Ok(true);
        }
        if calls(seen) != 0 {
            if leave(system, word, seen, ONE_CALL)? {
                return Ok(true);
            }
        } else if late {
            if leave(system, word, seen, 0)? {
                return Ok(false);
            }
        } else {
            match system.wait_shared(word, seen, deadline, Mode::Write) {
                Waited::Woken | Waited::Again => {}
                Waited::Late => late = true,
                Waited::Fault => return Err(Errno::FAULT),
            }
        }
    }
}

/// Takes one who waits off a word, and a call if one is used. Whether the word still was what it was.
fn leave(system: &impl SharedSystem, word: Word, seen: u32, call: u32) -> Result<bool, Errno> {
    let left = seen - call - 1;
    if waiting(left) == 0 {
        return wake_for_good(system, word, seen);
    }
    Ok(system.compare_exchange(word, seen, left)? == seen)
}

/// Ends a wait that nobody has signalled, or whose signal nobody is to have. Nobody is to be told of errors: the thread does
/// not wait any more.
pub fn cancel_wait(system: &impl SharedSystem, word: Word, Waiting { generation }: Waiting) {
    while let Ok(seen) = system.load(word)
        && seen & GENERATIONS == generation
        && waiting(seen) != 0
    {
        // There are never more calls than there are who wait.
        let call = if calls(seen) == waiting(seen) { ONE_CALL } else { 0 };
        match leave(system, word, seen, call) {
            Ok(false) => {}
            Ok(true) | Err(_) => return,
        }
    }
}

/// Wakes at most so many of those who wait for a condition variable.
///
/// # Errors
/// [`Errno::FAULT`] if there is no memory that can be written.
pub fn signal(system: &impl SharedSystem, word: Word, count: u32) -> Result<(), Errno> {
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
        if waiting(seen) == WAITING || count >= waiting(seen).saturating_sub(calls(seen)) {
            if wake_for_good(system, word, seen)? {
                return Ok(());
            }
        } else if system.compare_exchange(word, seen, seen + count * ONE_CALL)? == seen {
            system.wake_all(word);
            return Ok(());
        }
    }
}
