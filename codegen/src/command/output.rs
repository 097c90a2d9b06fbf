//! Writing files whole or not at all, and showing differences.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::Path;

use similar::TextDiff;

use super::Failure;

/// What happened, or would happen, to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// It was as it should be.
    Unchanged,
    /// It was not there.
    Created,
    /// It was different.
    Updated,
}

impl FileChange {
    /// Compares a file with what it should hold.
    pub fn of(path: &Path, contents: &str) -> Result<FileChange, Failure> {
        match holds(path, contents.as_bytes()) {
            Ok(true) => Ok(FileChange::Unchanged),
            Ok(false) => Ok(FileChange::Updated),
            // If a file is where a folder has to be, writing says so.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(FileChange::Created)
            }
            Err(error) => Err(Failure::file("read", path)(error)),
        }
    }

    /// `unchanged`, `created`, `updated`
    pub fn word(self) -> &'static str {
        match self {
            FileChange::Unchanged => "unchanged",
            FileChange::Created => "created",
            FileChange::Updated => "updated",
        }
    }
}

/// Whether a file holds exactly this. Reads no further than to the first difference.
fn holds(path: &Path, mut rest: &[u8]) -> std::io::Result<bool> {
    let mut file = BufReader::with_capacity(1 << 15, File::open(path)?);
    loop {
        let read = file.fill_buf()?;
        if read.is_empty() {
            return Ok(rest.is_empty());
        }
        let Some(further) = rest.strip_prefix(read) else { return Ok(false) };
        rest = further;
        let length = read.len();
        file.consume(length);
    }
}

/// Writes a file beside its place and renames it there, so that no one ever sees half of it. Missing
/// folders are made.
pub fn write_file(path: &Path, contents: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Failure::file("create the folder", folder))?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(contents.as_bytes())?;
        drop(file);
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        // The file may never have come to be; the first error is the one to tell.
        let _ = std::fs::remove_file(&beside);
        Failure::file("write", path)(error)
    })
}

/// Prints to standard output. If nobody reads it to its end (`… | head`), that is no failure.
pub fn print_text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Message(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The difference between two texts in unified form, with `a/` and `b/` before the name.
pub fn unified_diff(name: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}

/// Whether to colour, given that the output is a terminal or is not: not where `NO_COLOR` is set to
/// anything, nor on a dumb terminal.
pub fn color_wanted(terminal: bool) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    terminal && !no_color && !dumb
}
