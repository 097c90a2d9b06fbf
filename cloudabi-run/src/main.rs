//! Starts a program with exactly the descriptors that its configuration grants.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use cloudabi_run::cli::Arguments;
use cloudabi_run::plan::Launch;
use cloudabi_run::prepare::prepare;
use cloudabi_run::status::{End, NOT_STARTED};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nowhere to complain to if this fails.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { NOT_STARTED } else { 0 });
        }
    };
    let end = match prepare(&arguments) {
        Ok(launch) => start(launch),
        Err(refusal) => {
            let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            Err(refusal.render(color))
        }
    };
    match end {
        Ok(end) => end.exit(),
        Err(message) => {
            // Nowhere to complain to if this fails.
            let _ = write!(std::io::stderr(), "{message}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

/// Runs the program to its end.
fn start(_: Launch) -> Result<End, String> {
    Err("cloudabi-run: this build cannot start programs yet\n".to_owned())
}
