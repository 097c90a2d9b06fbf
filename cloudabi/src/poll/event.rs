//! What has happened.

use cloudabi_sys::{Errno, EventPayload, Eventrwflags, Eventtype};

use crate::io;
use crate::process::ExitStatus;

/// Something that has happened.
///
/// ```no_run
/// # use cloudabi::{io, poll::{Event, Interest, poll}, time::Duration};
/// fn tokens() -> io::Result<Vec<u64>> {
///     let events: Vec<Event> = poll(&[Interest::after(Duration::ZERO, 5)])?;
///     Ok(events.iter().map(|event| event.token).collect())
/// }
/// ```
#[derive(Debug)]
pub struct Event {
    /// The token of what was waited for.
    pub token: u64,
    /// What has happened, or why it cannot be waited for.
    pub outcome: io::Result<Happening>,
}

/// What has happened.
///
/// ```no_run
/// # use cloudabi::poll::{Event, Happening};
/// fn has_ended(event: &Event) -> bool {
///     matches!(event.outcome, Ok(Happening::Exited(status)) if status.success())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Reading would not have to wait.
    Readable {
        /// How many bytes there are, as far as the host knows; 0 if it does not.
        bytes: u64,
        /// The other end is closed or has stopped sending: what is there can be read, and nothing will follow.
        hangup: bool,
    },
    /// Writing would not have to wait.
    Writable {
        /// How much room there is, as far as the host knows; 0 if it does not.
        bytes: u64,
        /// The other end is closed.
        hangup: bool,
    },
    /// It is time.
    Time,
    /// The process has ended.
    Exited(ExitStatus),
}

impl Event {
    pub(super) fn from_raw(event: cloudabi_sys::Event) -> Self {
        Event { token: event.userdata, outcome: outcome(event) }
    }
}

fn outcome(event: cloudabi_sys::Event) -> io::Result<Happening> {
    if event.error != Errno::SUCCESS {
        return Err(event.error.into());
    }
    Ok(match event.payload() {
        EventPayload::FdReadwrite(ready) => {
            let (bytes, hangup) = (ready.nbytes, ready.flags.contains(Eventrwflags::HANGUP));
            match event.r#type {
                Eventtype::FD_READ => Happening::Readable { bytes, hangup },
                _ => Happening::Writable { bytes, hangup },
            }
        }
        EventPayload::ProcTerminate(end) => Happening::Exited(ExitStatus::new(end.signal, end.exitcode)),
        _ => Happening::Time,
    })
}
