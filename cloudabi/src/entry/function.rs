//! What can be a program's function `main`.

use cloudabi_argdata::Argdata;
use serde::Deserialize;

use crate::args;
use crate::panic;
use crate::process::{ExitCode, Termination};

/// A function that a program can begin with.
#[diagnostic::on_unimplemented(
    message = "`main` takes nothing or one argument that implements `Deserialize`, and returns what implements `Termination`",
    note = "derive `serde::Deserialize` for the argument, and return `()`, `ExitCode` or a `Result` whose error can be displayed"
)]
pub trait EntryPoint<Arguments> {
    /// Calls it. Says what went wrong, if something does.
    fn run(self, arguments: Argdata<'static>) -> ExitCode;
}

impl<Main, Outcome> EntryPoint<()> for Main
where
    Main: FnOnce() -> Outcome,
    Outcome: Termination,
{
    fn run(self, _arguments: Argdata<'static>) -> ExitCode {
        self().report()
    }
}

impl<Main, Arguments, Outcome> EntryPoint<(Arguments,)> for Main
where
    Main: FnOnce(Arguments) -> Outcome,
    Arguments: Deserialize<'static>,
    Outcome: Termination,
{
    fn run(self, arguments: Argdata<'static>) -> ExitCode {
        match args::decode_start(arguments) {
            Ok(arguments) => self(arguments).report(),
            Err(error) => {
                panic::report(format_args!("error: the arguments are not what this program wants: {error}"));
                ExitCode::ARGUMENTS
            }
        }
    }
}
