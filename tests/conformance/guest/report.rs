//! How a test ends, and the lines of the Test Anything Protocol that say so.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::{Debug, Write as _};
use core::panic::Location;

use cloudabi_sys::Errno;
use guest::Output;

use crate::environment::Environment;

/// Why a test did not pass.
#[derive(Debug)]
pub enum Ending {
    /// The host is wrong.
    Failed(String),
    /// It cannot be tried here.
    Skipped(String),
}

/// What a test gives.
pub type Outcome = Result<(), Ending>;

/// A test of behaviour: its name, and what it does.
pub type Test = (&'static str, fn(&Environment) -> Outcome);

impl From<Errno> for Ending {
    /// An error that the test did not expect.
    #[track_caller]
    fn from(error: Errno) -> Self {
        failed(format!("unexpected error `{error}`"))
    }
}

/// The host is wrong, seen at the place of the caller.
#[track_caller]
pub fn failed(what: impl AsRef<str>) -> Ending {
    let place = Location::caller();
    let file = place.file().rsplit('/').next().unwrap_or_default();
    Ending::Failed(format!("{file}:{}: {}", place.line(), what.as_ref()))
}

/// It cannot be tried on this host.
pub fn skipped<T>(why: impl ToString) -> Result<T, Ending> {
    Err(Ending::Skipped(why.to_string()))
}

/// Fails unless both are equal.
#[track_caller]
pub fn same<A: Debug + PartialEq<B>, B: Debug>(actual: A, expected: B) -> Outcome {
    if actual == expected { Ok(()) } else { Err(failed(format!("got {actual:?}, expected {expected:?}"))) }
}

/// Fails unless the condition holds, which `what` says in words.
#[track_caller]
pub fn holds(condition: bool, what: impl AsRef<str>) -> Outcome {
    if condition { Ok(()) } else { Err(failed(format!("does not hold: {}", what.as_ref()))) }
}

/// Fails unless the call failed with this error.
#[track_caller]
pub fn fails<T: Debug>(result: Result<T, Errno>, expected: Errno) -> Outcome {
    fails_with_one_of(result, &[expected])
}

/// Fails unless the call failed with one of these errors.
#[track_caller]
pub fn fails_with_one_of<T: Debug>(result: Result<T, Errno>, expected: &[Errno]) -> Outcome {
    let names = || expected.iter().map(Errno::to_string).collect::<alloc::vec::Vec<_>>().join("` or `");
    match result {
        Err(error) if expected.contains(&error) => Ok(()),
        Err(error) => Err(failed(format!("got the error `{error}`, expected `{}`", names()))),
        Ok(value) => Err(failed(format!("succeeded with {value:?}, expected the error `{}`", names()))),
    }
}

/// Writes a line for each test.
pub struct Report {
    output: Output,
    count: u32,
    failures: u32,
}

impl Report {
    /// Begins.
    pub fn new(mut output: Output) -> Self {
        // Nothing can be done about an output that takes nothing: whoever reads sees that there is no plan.
        let _ = writeln!(output, "TAP version 14");
        Report { output, count: 0, failures: 0 }
    }

    /// A test has ended.
    pub fn add(&mut self, name: &str, outcome: &Outcome) {
        self.count += 1;
        let number = self.count;
        let mut text = String::new();
        let _ = match outcome {
            Ok(()) => writeln!(text, "ok {number} - {name}"),
            Err(Ending::Skipped(why)) => writeln!(text, "ok {number} - {name} # SKIP {why}"),
            Err(Ending::Failed(why)) => {
                self.failures += 1;
                writeln!(text, "not ok {number} - {name}\n  ---\n  message: {why:?}\n  ...")
            }
        };
        let _ = self.output.write_all(text.as_bytes());
    }

    /// All tests have ended. Gives the program's exit code.
    pub fn end(mut self) -> u32 {
        let _ = writeln!(self.output, "1..{}", self.count);
        u32::from(self.failures != 0)
    }
}
