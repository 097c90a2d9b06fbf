//! Starts a program with exactly the descriptors that its configuration grants.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("cloudabi-run: this build cannot start programs yet");
    ExitCode::from(cloudabi_run::status::NOT_STARTED)
}
