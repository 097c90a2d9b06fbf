//! Starts a program with exactly the descriptors that its configuration grants.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use cloudabi_linux_glue::launch;
use cloudabi_linux_glue::sandbox::Sandbox;
use cloudabi_run::cli::Arguments;
use cloudabi_run::plan::{Granted, Launch};
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
fn start(launch: Launch) -> Result<End, String> {
    let Launch { program, executable, image, argument_data, descriptors } = launch;
    let granted = |granted: Granted| launch::Granted {
        fd: granted.fd,
        base: granted.base,
        inheriting: granted.inheriting,
    };
    let descriptors = descriptors.into_iter().map(granted).collect();
    let sandbox = Sandbox::None;
    let end = launch::Launch { executable, image, argument_data, descriptors, sandbox }
        .start()
        .and_then(launch::Running::wait)
        .map_err(|error| format!("error: {}: {error}\n", program.display()))?;
    Ok(match end {
        launch::End::Exited(code) => End::Exited(code),
        launch::End::Killed(signal) => End::Killed(signal),
    })
}
