//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

use crate::trace::Selection;

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
    /// Says what the program would get and what would hold it in, and runs nothing.
    #[arg(long)]
    pub explain: bool,
    /// Lets debuggers of yours look into the program's process.
    #[arg(long)]
    pub debug: bool,
    /// Limits what the program may use: memory=64M (of its own, for each process), processes=10, descriptors=100,
    /// cpu=30 (seconds, for each process).
    #[arg(long = "limit", value_name = "WHAT=HOW-MUCH")]
    pub limits: Vec<Limit>,
    /// Lets the program receive directories from programs that are not held in: a hostile one can walk up from them.
    #[arg(long)]
    pub foreign_directories: bool,
    /// Prints the program's calls to standard error, of all its processes and threads: all of them, or those that
    /// CALLS names: fd_read, file_*, sock, blocking, errors (only calls that fail), !poll (not this), with commas between
    /// them.
    #[arg(long, value_name = "CALLS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub trace: Option<Selection>,
    /// Prints the calls to this file instead.
    #[arg(long, value_name = "FILE")]
    pub trace_file: Option<PathBuf>,
    /// Prints at the end how often each call was made, how often it failed and how long it took.
    #[arg(long)]
    pub stats: bool,
    /// Switches a layer of the sandbox off.
    #[cfg(feature = "layer-switches")]
    #[arg(long, value_name = "LAYER")]
    pub without: Vec<String>,
    /// The program: an executable made for CloudABI. It is not searched for in PATH.
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
}

/// A limit of what a program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of memory of its own that each process may have.
    Memory(u64),
    /// Processes and threads, all together.
    Processes(u64),
    /// Descriptors that each process may have open.
    Descriptors(u64),
    /// Seconds of processor time for each process.
    CpuTime(u64),
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        let (what, how_much) =
            text.split_once('=').ok_or("it needs a name and a number, such as memory=64M")?;
        Limit::of(what, how_much)
    }
}

impl Limit {
    /// A limit by its name and a number, which may end in K, M or G.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn of(what: &str, how_much: &str) -> Result<Limit, String> {
        let (digits, factor) = match how_much.as_bytes().last() {
            Some(b'K') => (&how_much[..how_much.len() - 1], 1 << 10),
            Some(b'M') => (&how_much[..how_much.len() - 1], 1 << 20),
            Some(b'G') => (&how_much[..how_much.len() - 1], 1 << 30),
            _ => (how_much, 1),
        };
        let number: Option<u64> = digits.parse().ok();
        let number = number.and_then(|number| number.checked_mul(factor));
        let number = number.ok_or_else(|| {
            format!("{} is no number that may end in K, M or G", crate::diagnostic::quoted(how_much))
        })?;
        match what {
            "memory" => Ok(Limit::Memory(number)),
            "processes" => Ok(Limit::Processes(number)),
            "descriptors" => Ok(Limit::Descriptors(number)),
            "cpu" => Ok(Limit::CpuTime(number)),
            _ => Err("there are limits for memory, processes, descriptors and cpu".to_owned()),
        }
    }
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
            explain: false,
            print_argument_data: false,
            debug: false,
            limits: Vec::new(),
            foreign_directories: false,
            trace: None,
            trace_file: None,
            stats: false,
            #[cfg(feature = "layer-switches")]
            without: Vec::new(),
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

    #[test]
    fn limits_have_a_name_and_a_number() {
        assert_eq!("memory=64M".parse(), Ok(Limit::Memory(64 << 20)));
        assert_eq!("processes=10".parse(), Ok(Limit::Processes(10)));
        assert_eq!("descriptors=1K".parse(), Ok(Limit::Descriptors(1024)));
        assert_eq!("cpu=30".parse(), Ok(Limit::CpuTime(30)));
        for wrong in [
            "",
            "memory",
            "memory=",
            "memory=x",
            "memory=-1",
            "disk=1",
            "memory=99999999999999999999G",
            "cpu=1é",
        ] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
    }
}
