//! Calling Cargo, and finding out what it made.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Error;

/// What Cargo calls the thing that an executable was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program: `src/main.rs`, `src/bin/`.
    Program,
    /// `examples/`
    Example,
    /// `tests/`
    Test,
}

/// An executable that Cargo has linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// `hello`
    pub name: String,
    /// From what.
    pub kind: Kind,
    /// Where Cargo put it.
    pub path: PathBuf,
    /// The `Cargo.toml` of the package that it belongs to.
    pub manifest: PathBuf,
}

/// How Cargo's messages are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Messages {
    /// As text for people.
    #[default]
    Text,
    /// Passed on as they come, in this format of Cargo's (`json`, `json-diagnostic-short`).
    Json(String),
}

/// Runs a command of Cargo's that builds, to which nothing was said about messages. What goes to standard error is
/// shown as it comes.
///
/// Gives the executables in the order of their names.
///
/// # Errors
///
/// If Cargo cannot be started, or fails; then it has said why.
pub fn run(cargo: &mut Command, messages: &Messages) -> Result<Vec<Built>, Error> {
    let format = match messages {
        Messages::Text => "json-render-diagnostics",
        Messages::Json(format) => format,
    };
    cargo.args(["--message-format", format]).stdin(Stdio::null()).stdout(Stdio::piped());
    let program = cargo.get_program().to_owned();
    let cannot_run = |error| Error::CannotRun { program: program.clone(), error };
    let mut child = cargo.spawn().map_err(cannot_run)?;
    let mut built = Vec::new();
    if let Some(output) = child.stdout.take() {
        let mut shown = io::stdout().lock();
        // A line that cannot be read ends the reading; then Cargo's failure to write ends Cargo.
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if matches!(messages, Messages::Json(_)) {
                // Nobody may be left to read it. The programs are built all the same.
                let _ = writeln!(shown, "{line}");
            }
            built.extend(executable(&line));
        }
    }
    let status = child.wait().map_err(cannot_run)?;
    if !status.success() {
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101);
        return Err(Error::Failed { code });
    }
    built.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(built)
}

/// The executable that a message of Cargo's tells of, if it tells of one.
fn executable(message: &str) -> Option<Built> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message.get("reason")? != "compiler-artifact" {
        return None;
    }
    let path = PathBuf::from(message.get("executable")?.as_str()?);
    let target = message.get("target")?;
    let kind = match target.get("kind")?.get(0)?.as_str()? {
        "bin" => Kind::Program,
        "example" => Kind::Example,
        "test" => Kind::Test,
        _ => return None,
    };
    let name = target.get("name")?.as_str()?.to_owned();
    let manifest = PathBuf::from(message.get("manifest_path")?.as_str()?);
    Some(Built { name, kind, path, manifest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_messages() {
        let program = r#"{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml",
            "target":{"kind":["bin"],"name":"hello"},"executable":"/p/target/t/debug/hello","fresh":true}"#;
        let expected = Built {
            name: "hello".to_owned(),
            kind: Kind::Program,
            path: "/p/target/t/debug/hello".into(),
            manifest: "/p/Cargo.toml".into(),
        };
        assert_eq!(executable(program), Some(expected));
        let library = r#"{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml",
            "target":{"kind":["lib"],"name":"hello"},"executable":null}"#;
        let script = r#"{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml",
            "target":{"kind":["custom-build"],"name":"build-script-build"},"executable":"/p/x"}"#;
        for other in [library, script, r#"{"reason":"build-finished","success":true}"#, "no message", "{}"] {
            assert_eq!(executable(other), None, "{other}");
        }
    }
}
