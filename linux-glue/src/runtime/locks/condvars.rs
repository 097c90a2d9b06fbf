//! Condition variables that several processes share.
//!
//! As for the locks ([`cloudabi_host::parking::shared`]) the kernel's queue for the program's own word is the queue. The word
//! has two halves: a generation and the number of waiters. Who waits adds one, releases the lock, and sleeps as long as the
//! generation stays. Who signals all that there are sets the word to [`Condvar::HAS_NO_WAITERS`] and wakes everybody; who
//! signals fewer takes their number off, and wakes as many. The number may be wrong after a process was killed or if time
//! runs out for a waiter that is being signalled. If it is too low, more are woken than were meant; if it is too high, the
//! word stays as it is until the next signal. The rule that keeps signals from getting lost: the word becomes 0 only
//! together with waking everybody.
//!
//! This rests on two things that other systems do not tell: whether a thread was woken or found another value, and how many
//! were woken. So it is no shared code; theirs is [`cloudabi_host::parking::shared_condvar`].
//!
//! [`Condvar::HAS_NO_WAITERS`]: cloudabi_host::types::Condvar::HAS_NO_WAITERS

use cloudabi_host::parking::shared::Waited;
use cloudabi_host::parking::{System as _, Word};
use cloudabi_host::types::Errno;

use super::futex::{self, ALL, ANY, Futexes};
use crate::runtime::deadline::Deadline;

/// How often a signal looks for waiters that do not sleep yet. They have little left to do until then.
const SIGNAL_TRIES: u32 = 100;

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
