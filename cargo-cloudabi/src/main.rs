//! `cargo cloudabi`

mod commands;

use std::process::ExitCode;

use clap::Parser as _;

use commands::{Arguments, shell};

fn main() -> ExitCode {
    // Cargo gives a command its own name as the first argument: `cargo-cloudabi cloudabi build`.
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|argument| argument == "cloudabi") {
        arguments.remove(1);
    }
    match commands::run(&Arguments::parse_from(arguments)) {
        Ok(code) => code,
        Err(error) => {
            // Who failed has said why.
            if !matches!(error, cargo_cloudabi::Error::Failed { .. }) {
                shell::error(&error);
            }
            ExitCode::from(error.code())
        }
    }
}
