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
    ///
    /// ```
    /// # use cloudabi::process::{ExitCode, ExitStatus, Signal};
    /// assert_eq!(ExitStatus::new(Signal(0), 3).to_string(), "exit code 3");
    /// ```
    pub const fn new(signal: Signal, code: Exitcode) -> Self {
        ExitStatus { signal, code }
    }

    /// Whether it ended by itself and all went well.
    ///
    /// ```
    /// # use cloudabi::process::{ExitCode, ExitStatus, Signal};
    /// assert!(ExitStatus::new(Signal(0), 0).success());
    /// assert!(!ExitStatus::new(Signal::KILL, 0).success());
    /// ```
    pub fn success(self) -> bool {
        self.code().is_some_and(ExitCode::is_success)
    }

    /// What it said, if it ended by itself.
    ///
    /// ```
    /// # use cloudabi::process::{ExitCode, ExitStatus, Signal};
    /// assert_eq!(ExitStatus::new(Signal(0), 3).code(), Some(ExitCode::from(3)));
    /// ```
    pub fn code(self) -> Option<ExitCode> {
        (self.signal.0 == 0).then(|| ExitCode::from(self.code))
    }

    /// The signal that ended it, if one did.
    ///
    /// ```
    /// # use cloudabi::process::{ExitCode, ExitStatus, Signal};
    /// assert_eq!(ExitStatus::new(Signal::SEGV, 0).signal(), Some(Signal::SEGV));
    /// ```
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
