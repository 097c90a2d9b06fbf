//! The maintainers' commands: `cargo xtask`.

mod aarch64;
mod abi_diff;
mod bench;
mod build;
mod debian;
mod freebsd;
mod generate;
mod guests;
#[cfg(all(target_os = "linux", feature = "hosts"))]
mod hostile;
#[cfg(all(target_os = "linux", feature = "hosts"))]
mod kernels;
mod lines;
#[cfg(all(target_os = "linux", feature = "hosts"))]
mod package;
mod repository;
#[cfg(target_os = "linux")]
mod shortcuts;
mod targets;
mod test;
#[cfg(all(target_os = "linux", not(feature = "hosts")))]
mod with_hosts;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cloudabi_codegen::command::Failure;
#[cfg(all(target_os = "linux", not(feature = "hosts")))]
use with_hosts::{self as hostile, self as kernels, self as package};

/// Keeps everything in this repository in step with the ABI definition in abi/.
///
/// Change a file in abi/, run `cargo xtask gen`, and every platform follows.
/// Then `cargo xtask test` shows whether they all agree.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true, after_help = EXAMPLES)]
struct Arguments {
    /// Repository to work on, if not the one that this command was built from
    #[arg(long, global = true, value_name = "DIR")]
    repository: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask gen                        after a change in abi/: make everything that follows from it
  cargo xtask gen --check                is everything that is checked in as abi/ says?
  cargo xtask gen --only docs --out /tmp/reference
                                         the reference documentation alone, elsewhere
  cargo xtask abi-diff                   what differs from what has been published (abi/abi.lock)?
  cargo xtask abi-diff main              … from the definition on the branch main, texts included?
  cargo xtask guests --release           build the programs that hosts are measured with
  cargo xtask bench hosts                is a program on this machine's host as fast as it has to be?
  cargo xtask lines                      how much code has each host, and how much of it twice?
  cargo xtask test                       everything that can be checked on this machine";

#[derive(Subcommand)]
enum Command {
    /// Make everything that is generated from abi/, and write what differs
    Gen(generate::Arguments),
    /// Say what changed in the ABI: breaking, additive or textual; fail on breaking changes
    AbiDiff {
        /// What to compare with: a git revision, a lock file, or a definition's folder
        #[arg(value_name = "REV|FILE", default_value = "abi/abi.lock")]
        with: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// The definition that is compared
        #[arg(long, value_name = "DIR")]
        abi: Option<PathBuf>,
    },
    /// Build the programs that tests and benchmarks run on hosts, check and brand them
    Guests(guests::Arguments),
    /// Run all checks and tests, and list those that lacked a tool
    Test {
        /// Passed on to `cargo test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<String>,
    },
    /// Build the Linux host and the programs for aarch64, and test them on an emulated processor
    Aarch64,
    /// Build the examples for the targets that are CloudABI's own, and run them
    Targets,
    /// Run hostile programs against the sandbox of this machine's host, with and without its layers
    #[cfg(target_os = "linux")]
    #[cfg_attr(not(feature = "hosts"), command(disable_help_flag = true))]
    Hostile(hostile::Arguments),
    /// Run the conformance kit with each of Linux's shortcuts switched off: what other hosts do in its place
    #[cfg(target_os = "linux")]
    Shortcuts,
    /// Run hostile programs on Debian's oldest and newest kernels, in an emulated machine: this takes minutes
    #[cfg(target_os = "linux")]
    #[cfg_attr(not(feature = "hosts"), command(disable_help_flag = true))]
    Kernels(kernels::Arguments),
    /// Build cloudabi-run, optimised and statically linked
    Build,
    /// Count the lines of each host and of what hosts share, and what hosts repeat of one another
    Lines,
    /// Build a Debian package of cloudabi-run, with manual page and completions
    #[cfg(target_os = "linux")]
    #[cfg_attr(not(feature = "hosts"), command(disable_help_flag = true))]
    Deb(package::Arguments),
    /// Measure: the generator alone, or this machine's host beside the same work in C
    Bench(bench::Arguments),
}

// Generating is mostly building strings, which this allocator does a fifth faster than the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(folder) = arguments.repository {
        repository::set_root(folder);
    }
    let outcome = match arguments.command {
        Command::Gen(arguments) => generate::run(&arguments),
        Command::AbiDiff { with, json, abi } => abi_diff::run(&with, json, abi.as_deref()),
        Command::Guests(arguments) => guests::run(&arguments),
        Command::Test { arguments } => test::run(&arguments),
        Command::Aarch64 => aarch64::run(),
        Command::Targets => targets::run(),
        #[cfg(target_os = "linux")]
        Command::Hostile(arguments) => hostile::run(&arguments),
        #[cfg(target_os = "linux")]
        Command::Kernels(arguments) => kernels::run(&arguments),
        #[cfg(target_os = "linux")]
        Command::Shortcuts => shortcuts::run(),
        Command::Build => build::run(),
        Command::Lines => lines::run(),
        #[cfg(target_os = "linux")]
        Command::Deb(arguments) => package::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Checked) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
