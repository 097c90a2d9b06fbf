//! `cargo xtask bench`

mod generator;
#[cfg(target_os = "linux")]
mod hosts;
mod statistics;

use cloudabi_codegen::command::Failure;

/// What to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// One part alone
    #[arg(value_enum)]
    part: Option<Part>,
    /// How often each program is measured; the median counts
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,
}

/// Something to measure.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The generator: the whole definition, and how time grows with its size
    Generator,
    /// Programs on this machine's host, without a sandbox, beside programs in C that do the same work
    Hosts,
    /// The sandbox of this machine's host: calls and starts with it and without it
    Sandbox,
}

/// Measures in release mode.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let wanted = |part| arguments.part.is_none_or(|only| only == part);
    if wanted(Part::Generator) {
        generator::run()?;
    }
    if wanted(Part::Hosts) {
        #[cfg(target_os = "linux")]
        hosts::run(arguments.rounds.max(1))?;
        #[cfg(not(target_os = "linux"))]
        println!("NOT MEASURED: hosts are measured on Linux only");
    }
    if wanted(Part::Sandbox) {
        #[cfg(target_os = "linux")]
        hosts::sandbox::run(arguments.rounds.max(1))?;
        #[cfg(not(target_os = "linux"))]
        println!("NOT MEASURED: the sandbox is measured on Linux only");
    }
    Ok(())
}
