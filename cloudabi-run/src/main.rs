//! Starts a program with exactly the descriptors that its configuration grants.

#![cfg_attr(target_os = "linux", no_main)]

use std::ffi::OsString;
use std::io::Write;

use cloudabi_run::cli::Arguments;
use cloudabi_run::matrix;
use cloudabi_run::prepare::{check, prepare};
use cloudabi_run::report::{self, Level};
use cloudabi_run::status::{End, NOT_STARTED};

#[cfg_attr(target_os = "linux", path = "system/linux.rs")]
#[cfg_attr(target_os = "freebsd", path = "system/freebsd.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "freebsd")), path = "system/none.rs")]
mod system;

#[cfg(not(target_os = "linux"))]
fn main() {
    cloudabi_run::host::make_ready();
    cloudabi_run::host::end_now(run(std::env::args_os().collect()))
}

/// Gives the exit status.
fn run(command_line: Vec<OsString>) -> u8 {
    if matrix::is_asked_for(&command_line) {
        // Nowhere to complain to if this fails.
        let _ = std::io::stdout().write_all(matrix::text().as_bytes());
        return 0;
    }
    let arguments = match Arguments::read(command_line) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nowhere to complain to if this fails.
            let _ = error.print().and_then(|()| std::io::stdout().flush());
            return if error.use_stderr() { NOT_STARTED } else { 0 };
        }
    };
    #[cfg(target_os = "linux")]
    if let Some(status) = system::instead_of_program(&arguments) {
        return status;
    }
    if arguments.check {
        return match check(&arguments) {
            Ok(()) => 0,
            Err(refusal) => refuse(&refusal.render(report::color())),
        };
    }
    let end = match prepare(&arguments) {
        Ok(launch) if arguments.print_argument_data => return print(&launch.argument_data),
        Ok(launch) => system::start_or_explain(arguments, launch),
        Err(refusal) => Err(refusal.render(report::color())),
    };
    end.map_or_else(|message| refuse(&message), End::exit)
}

/// Says why the program is not started. Gives the exit status.
fn refuse(message: &str) -> u8 {
    report::say(Level::Error, message);
    NOT_STARTED
}

/// Writes something to standard output, argument data for a host that takes them in binary form for instance. Gives the exit
/// status.
fn print(data: &[u8]) -> u8 {
    let mut out = std::io::stdout();
    match out.write_all(data).and_then(|()| out.flush()) {
        Ok(()) => 0,
        Err(error) => {
            let why = cloudabi_run::host::without_number(error);
            refuse(&format!("error: nothing can be written to standard output: {why}\n"))
        }
    }
}
