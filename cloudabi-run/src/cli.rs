//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Starts a CloudABI program with exactly the descriptors that its configuration grants.
///
/// The configuration is YAML. The program gets it as its argument data; where it has the tag !fd, !file,
/// !directory or !executable, the program gets a descriptor. Nothing else is open to it.
#[derive(Clone, Debug, Parser)]
#[command(name = "cloudabi-run", version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// Reads the configuration from this file instead of standard input.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How the program is held in: by everything that the system has, without namespaces, or not at all.
    #[arg(long, value_name = "MODE", default_value = "full")]
    pub sandbox: SandboxMode,
    /// Lets debuggers of yours look into the program's process.
    #[arg(long)]
    pub debug: bool,
    /// The program: an executable made for CloudABI. It is not searched for in PATH.
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
}

/// How a program is held in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SandboxMode {
    /// An empty world, Landlock, and a list of allowed system calls
    Full,
    /// Landlock and a list of allowed system calls, where namespaces are not to be had
    Landlock,
    /// Nothing: only for programs that you trust
    None,
}

const AFTER_HELP: &str = "\
Example:
  cloudabi-run ./server <<'END'
  %TAG ! tag:nuxi.nl,2015:cloudabi/
  ---
  log: !fd stderr
  pages: !directory {path: /var/www, access: read}
  END

Exit status: the program's own; 128 and the number of the signal that ended it;
127 if it could not be started.";
