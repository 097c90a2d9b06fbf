//! How processes end.

use core::fmt;

use cloudabi_sys::{Exitcode, Signal};

use super::ExitCode;

/// How a process has ended.
///
/// ```
/// use cloudabi::process::{ExitStatus, Signal};
///
/// let killed = ExitStatus::new(Signal::KILL, 0);
/// assert_eq!((killed.code(), killed.signal()), (None, Some(Signal::KILL)));
/// assert_eq!(killed.to_string(), "signal kill");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    signal: Signal,
    code: Exitcode,
}

impl ExitStatus {
    /// As the ABI has it: a signal, or 0 and what the process said.
    pub const fn new(signal: Signal, code: Exitcode) -> Self {
        ExitStatus { signal, code }
    }

    /// Whether it ended by itself and all went well.
    pub fn success(self) -> bool {
        self.code().is_some_and(ExitCode::is_success)
    }

    /// What it said, if it ended by itself.
    pub fn code(self) -> Option<ExitCode> {
        (self.signal.0 == 0).then(|| ExitCode::from(self.code))
    }

    /// The signal that ended it, if one did.
    pub fn signal(self) -> Option<Signal> {
        (self.signal.0 != 0).then_some(self.signal)
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.signal()) {
            (Some(code), _) => code.fmt(f),
            (None, signal) => write!(f, "signal {}", signal.unwrap_or_default()),
        }
    }
}
