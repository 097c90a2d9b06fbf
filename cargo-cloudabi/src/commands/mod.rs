//! The commands.

mod build;
mod cargo;
mod check_elf;
mod features;
mod metadata;
mod new;
mod run;
mod runner;
pub mod shell;
mod target;
mod test;

use std::process::ExitCode;

use cargo_cloudabi::Error;
use clap::{Parser, Subcommand};

/// Builds, checks, runs and tests CloudABI programs.
///
/// A program is an ordinary package that uses the crate `cloudabi`. It needs no flags, no build script and no target
/// of its own.
#[derive(Debug, Parser)]
#[command(name = "cargo cloudabi", bin_name = "cargo cloudabi", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo cloudabi new hello               make a package in the folder hello
  cargo cloudabi build --release         build the programs of the package here
  cargo cloudabi run                     build and start the program, with the configuration beside its Cargo.toml
  cargo cloudabi run -- other.yaml       … with another configuration
  cargo cloudabi test                    run unit tests natively, and the programs in tests/ as programs
  cargo cloudabi check-elf FILE          is this an executable that hosts run, and if not, why?";

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new package with a program that says hello
    New(new::Arguments),
    /// Build programs, check and brand them
    #[command(visible_alias = "b")]
    Build(build::Arguments),
    /// Build a program and start it with what its configuration grants
    #[command(visible_alias = "r")]
    Run(run::Arguments),
    /// Run unit tests natively, and the programs in tests/ as programs
    #[command(visible_alias = "t")]
    Test(test::Arguments),
    /// Say whether hosts run an executable, and how to mend it if not
    CheckElf(check_elf::Arguments),
}

/// Runs a command; gives the code to end with.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments),
        Command::Build(arguments) => build::run(arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::CheckElf(arguments) => check_elf::run(arguments),
    }
}
