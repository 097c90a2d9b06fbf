//! What a program's function `main` can return.

use core::convert::Infallible;
use core::fmt;

use super::ExitCode;
use crate::panic;

/// What a program's function `main` returns.
///
/// An error is told to the descriptor for messages, and makes the exit code [`ExitCode::FAILURE`].
///
/// ```
/// use cloudabi::process::{ExitCode, Termination};
///
/// assert_eq!(().report(), ExitCode::SUCCESS);
/// assert_eq!(Ok::<_, &str>(ExitCode::from(5)).report(), ExitCode::from(5));
/// assert_eq!(Err::<(), _>("it was in vain").report(), ExitCode::FAILURE);
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is nothing that a program can end with")]
pub trait Termination {
    /// Says what went wrong, if something did, and gives the exit code.
    fn report(self) -> ExitCode;
}

impl Termination for () {
    fn report(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

impl Termination for ExitCode {
    fn report(self) -> ExitCode {
        self
    }
}

impl Termination for Infallible {
    fn report(self) -> ExitCode {
        match self {}
    }
}

impl<T: Termination, E: fmt::Display> Termination for Result<T, E> {
    fn report(self) -> ExitCode {
        match self {
            Ok(value) => value.report(),
            Err(error) => {
                panic::report(format_args!("error: {error}"));
                ExitCode::FAILURE
            }
        }
    }
}
