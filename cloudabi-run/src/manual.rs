//! What the manual says beside what the options say of themselves. The help takes its end from here, too.

use std::fmt::Write as _;

/// A section of the manual.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its title, in capitals as manuals have it.
    pub title: &'static str,
    /// What stands in it.
    pub pieces: &'static [Piece],
}

/// A piece of a section.
#[derive(Clone, Copy, Debug)]
pub enum Piece {
    /// Text.
    Paragraph(&'static str),
    /// Something, and what is to be said about it.
    Term(&'static str, &'static str),
    /// Lines as they are.
    Example(&'static str),
}

use Piece::{Example, Paragraph, Term};

/// How the exit status is to be read.
pub const EXIT_STATUS: Section = Section {
    title: "EXIT STATUS",
    pieces: &[
        Term(
            "the program's exit code",
            "The program ended by itself. Of a code above 255 these are the low eight bits; where they would be 0, the \
             status is 255, so that failure never looks like success.",
        ),
        Term("2", "By convention, the program says that its arguments are not what it wants."),
        Term("127", "The program could not be started. Standard error says why."),
        Term(
            "128 and the number of a signal",
            "The signal ended the program. cloudabi-run ends by the same signal itself, so that shells report it as for any \
             program.",
        ),
    ],
};

const EXAMPLES: Section = Section {
    title: "EXAMPLES",
    pieces: &[
        Paragraph(
            "A server that finds its pages, a socket to listen at, and a place for what it has to say:",
        ),
        Example(
            "cloudabi-run --dir pages=/var/www:ro --listen listen=127.0.0.1:8080 \\\n    --fd log=stderr ./server",
        ),
        Paragraph("The same as a configuration:"),
        Example(
            "cloudabi-run ./server <<'END'\n%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\npages: !directory {path: /var/www, \
             access: read}\nlisten: !tcp_listener {address: \"127.0.0.1:8080\"}\nlog: !fd stderr\nEND",
        ),
    ],
};

/// The sections behind the options, in their order.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "CONFIGURATION",
        pieces: &[
            Paragraph(
                "A program has no command line, no environment and no way to open a path of the system's. It gets one value, \
                 as a rule a map. A configuration is that value in YAML; tags stand where it has descriptors:",
            ),
            Term(
                "!fd stdout",
                "A descriptor that cloudabi-run was started with: stdin, stdout, stderr, a number, or the \
                  name of one that systemd has passed on.",
            ),
            Term(
                "!file {path: ...}",
                "What is at the path, opened. The keys access, rights and inheriting narrow what the \
                  program may do.",
            ),
            Term("!directory {path: ...}", "A directory, and what is in it."),
            Term(
                "!tcp_listener {address: \"127.0.0.1:8080\"}, !unix_listener {path: ...}",
                "A socket that listens.",
            ),
            Term("!tcp_stream {address: \"example.org:80\"}, !unix_stream {path: ...}", "A connection."),
            Term("!socketpair", "A list of two sockets that are connected with each other."),
            Term("!executable", "The program itself."),
            Paragraph(
                "The line `%TAG ! tag:nuxi.nl,2015:cloudabi/` and a line `---` begin a configuration that has such tags. \
                 Relative paths start from the current directory. Everything is opened before the program starts.",
            ),
        ],
    },
    Section {
        title: "SIGNALS",
        pieces: &[Paragraph(
            "Programs cannot handle signals. HUP, INT, QUIT, TERM, USR1 and USR2 are passed on to the program and end it, \
                 with all of its processes; then cloudabi-run ends by the same signal. A program that is not ended by that is \
                 killed after five seconds, or by a second signal. A program that is stopped at a terminal, or because \
                 it reads from one in the background, stops with cloudabi-run and goes on with it. At the end the terminal is \
                 as it was before.",
        )],
    },
    EXIT_STATUS,
    Section {
        title: "ENVIRONMENT",
        pieces: &[
            Term(
                "LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID",
                "Sockets that systemd has passed on: `--fd NAME=SOCKET` takes one \
                  by its name.",
            ),
            Term(
                "NOTIFY_SOCKET",
                "Where a service manager listens: it is told READY=1 when the program runs. A program that \
                  is given a connection to that socket says so itself instead.",
            ),
            Term(
                "JOURNAL_STREAM",
                "If standard error is the journal, messages have the levels that it knows.",
            ),
            Term(
                "NO_COLOR",
                "If it is set and not empty, messages have no colours. They have none either where standard \
                  error is no terminal.",
            ),
        ],
    },
    Section {
        title: "FILES",
        pieces: &[Term(
            "/usr/lib/binfmt.d/cloudabi.conf",
            "Has the kernel start programs by cloudabi-run, so that `./program --fd output=stdout` does what \
             `cloudabi-run ./program --fd output=stdout` does. `--binfmt register` does so by hand.",
        )],
    },
    EXAMPLES,
    Section {
        title: "SEE ALSO",
        pieces: &[Paragraph("user_namespaces(7), landlock(7), seccomp(2), systemd.socket(5), binfmt.d(5)")],
    },
];

/// What the help ends with.
pub fn after_help() -> String {
    let mut text = "Examples:\n".to_owned();
    for piece in EXAMPLES.pieces {
        if let Example(lines) = piece {
            for line in lines.lines() {
                // Writing to a string does not fail.
                let _ = writeln!(text, "  {line}");
            }
            text.push('\n');
        }
    }
    text += "Exit status:\n";
    for piece in EXIT_STATUS.pieces {
        if let Term(status, meaning) = piece {
            let short = meaning.split_inclusive(". ").next().unwrap_or(meaning).trim_end();
            let _ = writeln!(text, "  {status}: {short}");
        }
    }
    text
}
