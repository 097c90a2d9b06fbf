//! Why a path could not be opened, in words.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{nearest, quoted};
use crate::host;

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Explains why `path` could not be opened `purpose` ("for reading").
pub fn explain(path: &Path, purpose: &str, error: io::Error) -> Explanation {
    let shown = shown(path);
    let kind = error.kind();
    let (message, help) = match kind {
        io::ErrorKind::NotFound => (format!("{shown} does not exist"), missing(path)),
        io::ErrorKind::PermissionDenied => {
            (format!("{shown} cannot be opened {purpose}: permission denied"), permissions(path))
        }
        io::ErrorKind::NotADirectory => match obstacle(path) {
            Some(part) if part != path => (
                format!("{shown} does not exist"),
                Some(format!("{} is not a directory", self::shown(&part))),
            ),
            _ => (format!("{shown} is not a directory"), None),
        },
        _ if is_socket(path) => (
            format!("{shown} is a socket, and sockets cannot be opened"),
            Some("connect to it elsewhere, and pass the connection on with `!fd`".to_owned()),
        ),
        _ => (format!("{shown} cannot be opened {purpose}: {}", host::without_number(error)), None),
    };
    Explanation { message, help }
}

/// The path in quotes. It may be anything, so it must not get at terminals.
pub fn shown(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

/// What there is instead of a path that does not exist.
fn missing(path: &Path) -> Option<String> {
    if let Ok(target) = path.read_link() {
        return Some(format!("it is a symbolic link to {}, which does not exist", shown(&target)));
    }
    let first = path.components().next()?;
    if first == Component::Normal("~".as_ref()) {
        return Some("`~` means nothing here: write the path of the home directory".to_owned());
    }
    let existing = path.ancestors().skip(1).find(|ancestor| within(ancestor).exists())?;
    let relative = path.is_relative().then(std::env::current_dir).and_then(Result::ok);
    // The first component that is missing.
    let name = path.strip_prefix(existing).ok()?.components().next()?.as_os_str().to_str()?;
    let names = within(existing).read_dir().into_iter().flatten().take(10_000).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    if let Some(near) = nearest(name, names) {
        return Some(format!("there is {}", shown(&existing.join(near))));
    }
    match relative {
        Some(current) if existing.as_os_str().is_empty() => {
            Some(format!("relative paths start from the current directory, {}", shown(&current)))
        }
        _ => Some(format!("there is {}, and nothing called {} in it", shown(existing), quoted(name))),
    }
}

/// What file permissions stand in the way.
fn permissions(path: &Path) -> Option<String> {
    let user = rustix::process::geteuid().as_raw();
    let (part, metadata) = path.ancestors().find_map(|part| Some((part, within(part).metadata().ok()?)))?;
    Some(format!(
        "{} has the owner {} and the permissions {:03o}, and this is user {user}",
        shown(&within(part)),
        metadata.uid(),
        metadata.mode() & 0o7777,
    ))
}

/// The part of a path that exists and is no directory.
fn obstacle(path: &Path) -> Option<PathBuf> {
    let part = path.ancestors().find(|part| within(part).metadata().is_ok())?;
    Some(part.to_owned())
}

fn is_socket(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_socket(&metadata.file_type()))
}

/// The path, or `.` for the empty one that a relative path comes from.
fn within(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() }
}
