//! The options themselves, as the command line has them.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint};

/// What an option adds to a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Dir,
    /// Whatever is at a path.
    File,
    /// A socket that listens.
    Listen,
    /// A connection.
    Connect,
    /// A descriptor that is open already.
    Fd,
    /// A value.
    Arg,
}

/// One of the options, with what stands after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Which option.
    pub kind: Kind,
    /// `NAME=VALUE`, if it is right.
    pub text: String,
}

/// All of them, in the order of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shortcuts(pub Vec<Shortcut>);

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [Kind::Dir, Kind::File, Kind::Listen, Kind::Connect, Kind::Fd, Kind::Arg];

    /// The option's name, without the dashes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Dir => "dir",
            Kind::File => "file",
            Kind::Listen => "listen",
            Kind::Connect => "connect",
            Kind::Fd => "fd",
            Kind::Arg => "arg",
        }
    }

    /// The kind whose option this is, with its dashes.
    pub fn of_option(option: &[u8]) -> Option<Kind> {
        let name = option.strip_prefix(b"--")?;
        Kind::ALL.into_iter().find(|kind| kind.name().as_bytes() == name)
    }

    /// What stands after it, in short.
    pub fn usage(self) -> &'static str {
        match self {
            Kind::Dir | Kind::File => "NAME=PATH[:ACCESS]",
            Kind::Listen | Kind::Connect => "NAME=ADDRESS",
            Kind::Fd => "NAME=NUMBER",
            Kind::Arg => "NAME=VALUE",
        }
    }

    /// What stands after it, as one would write it.
    pub fn example(self) -> &'static str {
        match self {
            Kind::Dir => "--dir pages=/var/www:ro",
            Kind::File => "--file config=./server.toml",
            Kind::Listen => "--listen http=127.0.0.1:8080",
            Kind::Connect => "--connect database=/run/database.sock",
            Kind::Fd => "--fd log=stderr",
            Kind::Arg => "--arg workers=4",
        }
    }

    fn help(self) -> (&'static str, &'static str) {
        match self {
            Kind::Dir => (
                "A directory",
                "A directory: it and what is in it, for everything that you can do there, or for the access that stands \
                 behind the last colon: ro, wo, rw, rx, rwx, or words of `access` in a configuration",
            ),
            Kind::File => (
                "A file, opened for reading or for the access behind its path",
                "What is at a path, opened: a file, a device, a pipe. It can be read and executed, or what the access \
                 says, as for --dir",
            ),
            Kind::Listen => (
                "A socket that listens on a network, or at a path",
                "A socket that listens: on a network, where the address is a host and a port, or at a path, which begins \
                 with `/` or `./`",
            ),
            Kind::Connect => (
                "A connection, to the same kinds of addresses",
                "A connection, to the same kinds of addresses",
            ),
            Kind::Fd => (
                "A descriptor that is open already: stdin, stdout, stderr, 5",
                "A descriptor that is open already: stdin, stdout, stderr, a number, or the name of one that systemd has \
                 passed on",
            ),
            Kind::Arg => (
                "A value: true, 12, 1.5, text, or '\"12\"' for text that looks like something else",
                "A value, which is read as in YAML: true, 12, 1.5, text. What is in quotes is text, whatever it looks \
                 like: '\"12\"', if the shell is to leave them",
            ),
        }
    }

    fn hint(self) -> ValueHint {
        match self {
            Kind::Dir | Kind::File => ValueHint::AnyPath,
            _ => ValueHint::Other,
        }
    }
}

impl Args for Shortcuts {
    fn augment_args(command: Command) -> Command {
        Kind::ALL.into_iter().fold(command, |command, kind| {
            let (help, long_help) = kind.help();
            command.arg(
                Arg::new(kind.name())
                    .long(kind.name())
                    .value_name(kind.usage())
                    .action(ArgAction::Append)
                    .value_hint(kind.hint())
                    .help_heading(crate::cli::GETS)
                    .help(help)
                    .long_help(long_help),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Shortcuts {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            let (Some(texts), Some(places)) =
                (matches.get_many::<String>(kind.name()), matches.indices_of(kind.name()))
            else {
                continue;
            };
            found.extend(
                places.zip(texts).map(|(place, text)| (place, Shortcut { kind, text: text.clone() })),
            );
        }
        found.sort_by_key(|(place, _)| *place);
        Ok(Shortcuts(found.into_iter().map(|(_, shortcut)| shortcut).collect()))
    }

    fn update_from_arg_matches(&mut self, _matches: &ArgMatches) -> Result<(), clap::Error> {
        Err(clap::Error::raw(ErrorKind::UnknownArgument, "a command line is read once"))
    }
}
