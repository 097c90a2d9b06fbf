//! What a program's calls look like from outside: told one by one, and counted.
//!
//! A program that nobody traces is served by the table of shims as it is. For one that is traced, the entries of the calls
//! in question are replaced by wrappers, and the quick clock is left out of its vDSO. The wrappers run in the program's
//! process: they print a call by the tables of [`cloudabi_host::decode`] and send the text to the parent over a socket
//! (`channel.rs`), or add to numbers on a page that all processes share (`counts.rs`).
//!
//! The socket stays open when a process is copied and when it replaces its program: whoever wants to see what a program
//! does wants to see that, too. It leads to the parent only, carries text in one direction, and is no descriptor of the
//! program's.
//!
//! A hostile program can send whatever it likes, leave out what it likes, and write over the numbers. So lines and
//! numbers are no evidence against it; and the parent takes from a message its text, its numbers and, from the kernel,
//! who sent it, and nothing else.

mod channel;
mod counts;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use cloudabi_host::{shims, table};

pub(crate) use channel::{Head, Receiver, Sender};
pub use channel::{Kind, MOST_TEXT, Record};
pub use counts::{Count, Counts};

/// A set of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls([bool; shims::ENTRIES]);

impl Calls {
    /// No call.
    pub const NONE: Calls = Calls([false; shims::ENTRIES]);

    /// Every call.
    pub const ALL: Calls = Calls([true; shims::ENTRIES]);

    /// Whether the call with this number is in it.
    pub fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize).copied().unwrap_or(false)
    }

    /// Adds a call, or takes it out. A number that no call has does nothing.
    pub fn set(&mut self, number: u32, to: bool) {
        if let Some(place) = self.0.get_mut(number as usize) {
            *place = to;
        }
    }

    /// Whether the call with this name is in it.
    pub fn has(&self, name: &str) -> bool {
        table::CALLS.iter().flatten().any(|call| call.name == name && self.contains(call.number))
    }
}

/// What of a program's calls is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    /// The calls that are told one by one.
    pub told: Calls,
    /// Whether only those of them are told that fail.
    pub failures_only: bool,
    /// Whether all calls are counted.
    pub counted: bool,
}

impl Trace {
    /// The calls that something is done for.
    pub(crate) fn watched(&self) -> Calls {
        if self.counted { Calls::ALL } else { self.told }
    }
}

/// Whoever is told of a program's calls.
pub trait Listener {
    /// Is told of a call.
    fn told(&mut self, record: &Record<'_>);

    /// Is asked, while nothing happens, after how many milliseconds it wants to be asked again.
    fn waits(&mut self) -> Option<u32> {
        None
    }

    /// Learns that nothing more comes, and the numbers, if calls were counted.
    fn ended(&mut self, counts: Option<&Counts>);
}

/// The parent's part.
#[derive(Debug)]
pub(crate) struct Outside {
    receiver: Receiver,
    counts: Option<Counts>,
}

/// The part of the program's processes.
#[derive(Debug)]
pub(crate) struct Inside {
    pub sender: Sender,
    pub counts: Option<Counts>,
    pub trace: Trace,
}

/// Both.
pub(crate) fn pair(trace: Trace) -> io::Result<(Outside, Inside)> {
    let (receiver, sender) = channel::pair()?;
    let counts = trace.counted.then(Counts::new).transpose()?;
    let inside = Inside { sender, counts: counts.as_ref().map(Counts::again), trace };
    Ok((Outside { receiver, counts }, inside))
}

impl Outside {
    /// Passes on what has arrived, but no more than so many messages, since a hostile program can send without an end.
    pub fn pass_on(&self, to: &mut dyn Listener, most: usize) -> io::Result<()> {
        let mut room = channel::Room::default();
        for _ in 0..most {
            match self.receiver.receive(&mut room)? {
                Some(record) => to.told(&record),
                None => break,
            }
        }
        Ok(())
    }

    /// The numbers, if calls are counted.
    pub fn counts(&self) -> Option<&Counts> {
        self.counts.as_ref()
    }
}

impl AsFd for Outside {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.receiver.as_fd()
    }
}
