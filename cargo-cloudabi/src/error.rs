//! What goes wrong apart from the programs themselves.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a command does not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A program that is needed could not be started.
    CannotRun {
        /// Its name or path.
        program: OsString,
        /// Why.
        error: io::Error,
    },
    /// A program that was started failed, and has said why.
    Failed {
        /// The exit code that says so further up.
        code: u8,
    },
    /// A file could not be read, written or made.
    File {
        /// `read`
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Anything else.
    Other {
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
}

impl Error {
    /// What is wrong, without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Error::Other { message: message.into(), help: None }
    }

    /// What is wrong, and what to do about it.
    pub fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Error::Other { message: message.into(), help: Some(help.into()) }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        match self {
            Error::Other { help, .. } => help.as_deref(),
            _ => None,
        }
    }

    /// The code to end with. Cargo's own for what goes wrong is 101.
    pub fn code(&self) -> u8 {
        match self {
            Error::Failed { code } => *code,
            _ => 101,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::CannotRun { program, error } => {
                write!(f, "cannot run `{}`: {error}", program.to_string_lossy())
            }
            Error::Failed { .. } => f.write_str("a command failed"),
            Error::File { action, path, error } => write!(f, "cannot {action} {}: {error}", path.display()),
            Error::Other { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::CannotRun { error, .. } | Error::File { error, .. } => Some(error),
            _ => None,
        }
    }
}
