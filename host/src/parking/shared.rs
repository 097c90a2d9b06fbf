//! Locks that several processes share.
//!
//! No process can be trusted to keep the queue for the others, and any can be killed at any moment. So the system's
//! queue for the program's own word is the queue, and whatever threads have to know of one another is in the word.
//!
//! Whoever goes to sleep sets [`Lock::KERNEL_MANAGED`] before, and whoever releases a lock that has it sets the word to
//! [`Lock::UNLOCKED`] and wakes those whose turn it is; so the lock can be taken by others meanwhile. A writer that was
//! woken does not know who else sleeps, and takes the lock with the flag set. If it cannot take it, it sets the flag again
//! before it sleeps or gives up. A thread that gives up takes the flag away, since nobody may be left, and wakes others,
//! who set it again. Whoever was woken may be killed before it does anything of that, and nobody else would ever wake up:
//! so everybody who sleeps tries anew from time to time, as if it had been woken.
//!
//! What a lock needs of the operating system is a [`SharedSystem`]. One whose sleepers are all alike wakes everybody, and
//! the word decides who stays awake.
//!
//! [`Lock::KERNEL_MANAGED`]: crate::types::Lock::KERNEL_MANAGED
//! [`Lock::UNLOCKED`]: crate::types::Lock::UNLOCKED

use super::{HOLDERS, Lot, MANAGED, Mode, System, WRITE_LOCKED, Word};
use crate::types::Errno;

/// What shared locks need of the operating system, beside what a [`Lot`] does.
pub trait SharedSystem: System {
    /// Sleeps while a word of the program's has this value, as one who waits for a lock in this mode. Any process that
    /// shares the word can wake the thread. After a while that is long enough to cost nothing it wakes up by itself, and says
    /// [`Waited::Woken`].
    fn wait_shared(&self, word: Word, value: u32, deadline: Option<Self::Deadline>, mode: Mode) -> Waited;

    /// Wakes those who sleep in [`SharedSystem::wait_shared`] and are to try next: one who waits for writing, or, if there
    /// is none, all who wait for reading. It may wake more, and has to where it cannot tell them apart.
    fn wake_next(&self, word: Word);

    /// Wakes everybody who sleeps in [`SharedSystem::wait_shared`].
    fn wake_all(&self, word: Word);

    /// Lets others run, who have little left to do.
    fn give_way(&self) {
        std::thread::yield_now();
    }
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Somebody woke the thread, or may have.
    Woken,
    /// The word had another value, or there was no reason.
    Again,
    /// The deadline has passed.
    Late,
    /// There is no memory.
    Fault,
}

/// Takes a lock, and waits for it at most until a deadline. Whether it was taken.
///
/// # Errors
/// [`Errno::DEADLK`] if the thread holds it for writing, [`Errno::FAULT`] if there is no memory that can be written,
/// [`Errno::INVAL`] if the word says that threads wait and nobody holds it, if it has no room for one more reader, or if
/// others wait for it in the lot, as for one that is not shared.
pub fn lock<S: SharedSystem>(
    system: &S,
    lot: &Lot,
    thread: u32,
    word: Word,
    mode: Mode,
    deadline: Option<S::Deadline>,
) -> Result<bool, Errno> {
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
        match system.wait_shared(word, queued, deadline, mode) {
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
fn give_up(system: &impl SharedSystem, word: Word) {
    loop {
        match system.load(word) {
            Ok(seen) if seen & MANAGED != 0 => match system.compare_exchange(word, seen, seen & !MANAGED) {
                Ok(before) if before == seen => return system.wake_next(word),
                Ok(_) => {}
                Err(_) => return,
            },
            // Who took it away has woken somebody.
            _ => return,
        }
    }
}

/// Releases a lock that the thread holds for writing.
///
/// # Errors
/// [`Errno::PERM`] if it does not, [`Errno::FAULT`] if there is no memory that can be written.
pub fn unlock(system: &impl SharedSystem, thread: u32, word: Word) -> Result<(), Errno> {
    loop {
        let seen = system.load(word)?;
        if seen & !MANAGED != WRITE_LOCKED | thread {
            // Where nothing can be written there is no lock.
            system.compare_exchange(word, seen, seen)?;
            return Err(Errno::PERM);
        }
        if system.compare_exchange(word, seen, 0)? == seen {
            if seen & MANAGED != 0 {
                system.wake_next(word);
            }
            return Ok(());
        }
    }
}
