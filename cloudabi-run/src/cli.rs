//! The command line.

use std::ffi::OsString;
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
    /// Writes the argument data in binary form to standard output, and starts nothing.
    #[arg(long)]
    pub print_argument_data: bool,
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

impl Arguments {
    /// The command line of this process.
    ///
    /// # Errors
    /// What to print instead: what is wrong with it, or the help that was asked for.
    pub fn of_this_process() -> Result<Self, clap::Error> {
        let all: Vec<OsString> = std::env::args_os().collect();
        Self::simple(&all).map_or_else(|| Self::try_parse_from(all), Ok)
    }

    /// Understands the usual command lines, quicker than the parser that understands all, which first builds a description
    /// of every option.
    fn simple(all: &[OsString]) -> Option<Self> {
        let operand = |argument: &OsString| {
            (!argument.is_empty() && !argument.as_encoded_bytes().starts_with(b"-"))
                .then(|| PathBuf::from(argument))
        };
        let (sandbox, rest) = match all {
            [_, option, rest @ ..] if option == "--sandbox=none" => (SandboxMode::None, rest),
            [_, rest @ ..] => (SandboxMode::Full, rest),
            [] => return None,
        };
        let (config, program) = match rest {
            [program] => (None, program),
            [option, file, program] if option == "--config" => (Some(operand(file)?), program),
            _ => return None,
        };
        Some(Arguments {
            config,
            sandbox,
            debug: false,
            print_argument_data: false,
            program: operand(program)?,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_understands_the_same() {
        let lines = [
            "",
            "program",
            "./p",
            "--config",
            "--config=f p",
            "--config f p",
            "p --config f",
            "--config f",
            "-- p",
            "--config -- p",
            "--config f -p",
            "--config - p",
            "-",
            "--help",
            "--version",
            "p q",
            "p --help",
            "--config --help p",
            "f --config p",
            "--confi f p",
            "--config f p q",
            "--sandbox=none p",
            "--sandbox=none --config f p",
            "--config f --sandbox=none p",
            "--sandbox none p",
            "--sandbox=none",
            "--debug p",
        ];
        let mut simple = 0;
        for line in lines {
            let all: Vec<OsString> =
                std::iter::once("cloudabi-run").chain(line.split_whitespace()).map(OsString::from).collect();
            if let Some(quick) = Arguments::simple(&all) {
                let parsed = Arguments::try_parse_from(&all).expect("the parser understands it too");
                assert_eq!(format!("{quick:?}"), format!("{parsed:?}"), "{line}");
                simple += 1;
            }
        }
        assert_eq!(simple, 5);
    }
}
