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
    /// The program: an executable made for CloudABI. It is not searched for in PATH.
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
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
