//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, ValueHint};

use crate::manual;
use crate::shortcuts::{Kind, Shortcut, Shortcuts};

/// Headings of the help.
pub(crate) const GETS: &str = "What the program gets";
#[cfg(target_os = "linux")]
const HELD: &str = "What holds the program in";
#[cfg(target_os = "linux")]
const DOES: &str = "What the program does";
const INSTEAD: &str = "Instead of starting the program";

/// The options without which a program has to be named.
#[cfg(target_os = "linux")]
const INSTEAD_OF_PROGRAM: [&str; 2] = ["check", "binfmt"];
#[cfg(not(target_os = "linux"))]
const INSTEAD_OF_PROGRAM: [&str; 1] = ["check"];

const USAGE: &str = "cloudabi-run [OPTIONS] <PROGRAM>
       cloudabi-run --check [OPTIONS] [PROGRAM]";

#[cfg(target_os = "linux")]
use crate::trace::Selection;

/// Starts a CloudABI program with exactly the descriptors that its configuration grants.
///
/// What a program gets is a map of values and descriptors, and nothing else is open to it. Options such as --dir and
/// --arg put something into the map under a name. A configuration in YAML can say more: where it has a tag such as !fd,
/// !directory or !tcp_listener, the program gets a descriptor. It is read from a file, or, if none of these options is
/// given, from standard input.
#[derive(Clone, Debug, Parser)]
#[command(name = "cloudabi-run", version, after_help = manual::after_help(), override_usage = USAGE)]
pub struct Arguments {
    /// Options that add to the configuration.
    #[command(flatten)]
    pub shortcuts: Shortcuts,
    /// Reads the configuration from this file, or with `-` from standard input; options add to it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = GETS)]
    pub config: Option<PathBuf>,
    /// Says what is wrong with the configuration and the options, and with the program if one is named. Opens nothing
    /// of what the program would get, and runs nothing.
    #[arg(long, conflicts_with_all = ["explain", "print_argument_data"], help_heading = INSTEAD)]
    pub check: bool,
    /// Says what the program would get and what would hold it in, and runs nothing. `--explain=matrix`, without a program,
    /// says what each host serves and what it cannot.
    #[arg(long, help_heading = INSTEAD)]
    pub explain: bool,
    /// Writes the argument data in binary form to standard output, and starts nothing.
    #[arg(long, help_heading = INSTEAD)]
    pub print_argument_data: bool,
    /// Has the kernel start programs by this command, or no longer, until the machine is started anew (as root); or
    /// shows the rule for that, as binfmt.d(5) takes it.
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "ACTION", exclusive = true, help_heading = INSTEAD)]
    pub binfmt: Option<Binfmt>,
    /// How the program is held in: by everything that the system has, without namespaces, or not at all.
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "MODE", default_value = "full", help_heading = HELD)]
    pub sandbox: SandboxMode,
    /// Lets debuggers of yours look into the program's process.
    #[cfg(target_os = "linux")]
    #[arg(long, help_heading = HELD)]
    pub debug: bool,
    /// Limits what the program may use: memory=64M (of its own, for each process), processes=10, descriptors=100,
    /// cpu=30 (seconds, for each process).
    #[cfg(target_os = "linux")]
    #[arg(long = "limit", value_name = "WHAT=HOW-MUCH", help_heading = HELD)]
    pub limits: Vec<Limit>,
    /// Lets the program receive directories from programs that are not held in: a hostile one can walk up from them.
    #[cfg(target_os = "linux")]
    #[arg(long, help_heading = HELD)]
    pub foreign_directories: bool,
    /// Prints the program's calls to standard error, of all its processes and threads: all of them, or those that
    /// CALLS names: fd_read, file_*, sock, blocking, errors (only calls that fail), !poll (not this), with commas between
    /// them.
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "CALLS", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = DOES)]
    pub trace: Option<Selection>,
    /// Prints the calls to this file instead.
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "FILE", help_heading = DOES)]
    pub trace_file: Option<PathBuf>,
    /// Prints at the end how often each call was made, how often it failed and how long it took.
    #[cfg(target_os = "linux")]
    #[arg(long, help_heading = DOES)]
    pub stats: bool,
    /// Switches a layer of the sandbox off, or something that the host can do without.
    #[cfg(all(feature = "layer-switches", target_os = "linux"))]
    #[arg(long, value_name = "LAYER", help_heading = HELD)]
    pub without: Vec<String>,
    /// The program: an executable made for CloudABI. It is not searched for in PATH.
    #[arg(value_name = "PROGRAM", required_unless_present_any = INSTEAD_OF_PROGRAM, value_hint = ValueHint::FilePath)]
    pub program: Option<PathBuf>,
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

/// What is to be done about the kernel's rule for programs.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Binfmt {
    /// `./program` is `cloudabi-run ./program` from now on
    Register,
    /// It no longer is
    Unregister,
    /// Print the rule
    Show,
}

/// How a program is held in.
#[cfg(target_os = "linux")]
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
    /// Understands a command line. The first argument is the command's own name.
    ///
    /// # Errors
    /// What to print instead: what is wrong with it, or the help that was asked for.
    pub fn read(all: Vec<OsString>) -> Result<Self, clap::Error> {
        Self::simple(&all).map_or_else(|| Self::try_parse_from(all).map_err(with_advice), Ok)
    }

    /// Understands the usual command lines, quicker than the parser that understands all, which first builds a description
    /// of every option.
    fn simple(all: &[OsString]) -> Option<Self> {
        let operand = |argument: &OsString| {
            (!argument.is_empty() && !argument.as_encoded_bytes().starts_with(b"-"))
                .then(|| PathBuf::from(argument))
        };
        let [_, options @ .., program] = all else { return None };
        let mut simple = Arguments {
            shortcuts: Shortcuts::default(),
            config: None,
            check: false,
            #[cfg(target_os = "linux")]
            binfmt: None,
            #[cfg(target_os = "linux")]
            sandbox: SandboxMode::Full,
            explain: false,
            print_argument_data: false,
            #[cfg(target_os = "linux")]
            debug: false,
            #[cfg(target_os = "linux")]
            limits: Vec::new(),
            #[cfg(target_os = "linux")]
            foreign_directories: false,
            #[cfg(target_os = "linux")]
            trace: None,
            #[cfg(target_os = "linux")]
            trace_file: None,
            #[cfg(target_os = "linux")]
            stats: false,
            #[cfg(all(feature = "layer-switches", target_os = "linux"))]
            without: Vec::new(),
            program: Some(operand(program)?),
        };
        let mut options = options.iter();
        #[cfg(target_os = "linux")]
        let mut sandbox = None;
        while let Some(option) = options.next() {
            #[cfg(target_os = "linux")]
            {
                let mode = match option.as_encoded_bytes() {
                    b"--sandbox=full" => Some(SandboxMode::Full),
                    b"--sandbox=landlock" => Some(SandboxMode::Landlock),
                    b"--sandbox=none" => Some(SandboxMode::None),
                    _ => None,
                };
                if mode.is_some() && sandbox.is_none() {
                    sandbox = mode;
                    continue;
                }
            }
            if option == "--config" && simple.config.is_none() {
                simple.config = Some(operand(options.next()?)?);
            } else {
                let kind = Kind::of_option(option.as_encoded_bytes())?;
                let text = operand(options.next()?)?.into_os_string().into_string().ok()?;
                simple.shortcuts.0.push(Shortcut { kind, text });
            }
        }
        #[cfg(target_os = "linux")]
        {
            simple.sandbox = sandbox.unwrap_or(simple.sandbox);
        }
        Some(simple)
    }
}

/// Says what to do about what people take for the program's own arguments.
fn with_advice(mut error: clap::Error) -> clap::Error {
    let is_operand = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => !argument.starts_with('-'),
        _ => false,
    };
    if error.kind() == ErrorKind::TooManyValues {
        // Only one option has a value at times.
        let advice = "'--explain=matrix' stands alone; '--explain' is followed by a program".into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![advice]));
    }
    if error.kind() == ErrorKind::UnknownArgument && is_operand {
        let advice = "a program has no command line; '--arg NAME=VALUE' gives it a value".into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![advice]));
    }
    error
}

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
            "--sandbox=full p",
            "--sandbox=landlock --arg a=1 p",
            "--sandbox=landlock --sandbox=none p",
            "--sandbox=other p",
            "--sandbox=none",
            "--debug p",
            "--arg a=1 --dir b=.:ro --arg c=2 p",
            "--arg a=1 --config f --sandbox=none --listen d=e p",
            "--arg a=-1 --fd 1 p",
            "--arg -a=1 p",
            "--arg=a=1 p",
            "--arg p",
            "--arg a=1",
            "p --arg a=1",
            "--sandbox=none --sandbox=none p",
            "--config f --config g p",
            "--check",
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
        assert_eq!(simple, 11);
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
