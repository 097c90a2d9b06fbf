//! A definition's folder → model.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostics;
use crate::load::load;
use crate::model::Model;
use crate::source::{SourceFile, Sources};

/// Why a command failed. Displayed as the whole message for a person.
#[derive(Debug)]
pub enum Failure {
    /// A file or folder could not be read or written.
    File {
        /// What was to be done, such as `read`.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The definition is wrong. The text is complete: it has a place and a source line for each error.
    Definition {
        /// Rendered diagnostics.
        rendered: String,
        /// How many there are.
        count: usize,
    },
    /// Anything else, in words.
    Message(String),
    /// What was checked does not hold; everything has been said already.
    Checked,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::File { action, path, error } => {
                write!(f, "error: cannot {action} {}: {error}", path.display())
            }
            Failure::Definition { rendered, count } => {
                let s = if *count == 1 { "" } else { "s" };
                write!(
                    f,
                    "{}\n\n{count} error{s} in the definition; nothing was written",
                    rendered.trim_end()
                )
            }
            Failure::Message(message) => write!(f, "error: {message}"),
            Failure::Checked => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl Failure {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
        let path = path.to_path_buf();
        move |error| Failure::File { action, path, error }
    }
}

/// Reads every `*.yaml` of a definition's folder, and of its folder `hosts`.
pub fn read_definition(folder: &Path) -> Result<Sources, Failure> {
    let mut files = Vec::new();
    read_folder(folder, "", &mut files)?;
    let hosts = folder.join("hosts");
    if hosts.is_dir() {
        read_folder(&hosts, "hosts/", &mut files)?;
    }
    if files.is_empty() {
        return Err(Failure::Message(format!(
            "{} holds no .yaml file; a definition is a folder with abi.yaml and one file for each subsystem",
            folder.display()
        )));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Sources { files })
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder).map_err(Failure::file("read", folder))? {
        let path = entry.map_err(Failure::file("read", folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // Editors leave hidden files beside the real ones.
        if !name.ends_with(".yaml") || name.starts_with('.') || !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
        files.push(SourceFile { name: format!("{prefix}{name}"), shown: path.display().to_string(), text });
    }
    Ok(())
}

/// Reads and checks a definition. Errors are coloured where standard error is a terminal that wants it.
pub fn load_definition(folder: &Path) -> Result<Model, Failure> {
    let sources = read_definition(folder)?;
    load(&sources).map_err(|diagnostics| definition_failure(&sources, &diagnostics))
}

pub(crate) fn definition_failure(sources: &Sources, diagnostics: &Diagnostics) -> Failure {
    let color = super::color_wanted(std::io::stderr().is_terminal());
    Failure::Definition { rendered: diagnostics.render(sources, color), count: diagnostics.len() }
}
