//! A definition's folder → model.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::load::load;
use crate::model::Model;
use crate::source::{SourceFile, Sources, Span};

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

/// Reads every `*.yaml` of a definition's folder, and of its folder `hosts`. What is wrong with the files as texts comes
/// beside them; those parts are replaced then.
pub fn read_definition(folder: &Path) -> Result<(Sources, Vec<Diagnostic>), Failure> {
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
    files.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    let (files, undecodable): (Vec<_>, Vec<_>) = files.into_iter().unzip();
    let wrong = undecodable.into_iter().enumerate().filter_map(|(file, place)| {
        let place = place?;
        let replaced = char::REPLACEMENT_CHARACTER.len_utf8();
        Some(
            Diagnostic::at(Span::new(file, place, place + replaced), "this is no UTF-8 text")
                .help("save the file in UTF-8"),
        )
    });
    let wrong = wrong.collect();
    Ok((Sources { files }, wrong))
}

/// A file, and where its first byte stands that is no UTF-8.
type ReadFile = (SourceFile, Option<usize>);

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<ReadFile>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder).map_err(Failure::file("read", folder))? {
        let path = entry.map_err(Failure::file("read", folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // Editors leave hidden files beside the real ones.
        if !name.ends_with(".yaml") || name.starts_with('.') || !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(Failure::file("read", &path))?;
        let (text, undecodable) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (text, Some(error.utf8_error().valid_up_to()))
            }
        };
        let file = SourceFile { name: format!("{prefix}{name}"), shown: path.display().to_string(), text };
        files.push((file, undecodable));
    }
    Ok(())
}

/// Reads and checks a definition. Errors are coloured where standard error is a terminal that wants it.
pub fn load_definition(folder: &Path) -> Result<Model, Failure> {
    let (sources, mut wrong) = read_definition(folder)?;
    match load(&sources) {
        Ok(model) if wrong.is_empty() => Ok(model),
        Ok(_) => Err(definition_failure(&sources, &Diagnostics::new(wrong))),
        Err(diagnostics) => {
            wrong.extend(diagnostics.iter().cloned());
            Err(definition_failure(&sources, &Diagnostics::new(wrong)))
        }
    }
}

pub(crate) fn definition_failure(sources: &Sources, diagnostics: &Diagnostics) -> Failure {
    let color = super::color_wanted(std::io::stderr().is_terminal());
    Failure::Definition { rendered: diagnostics.render(sources, color), count: diagnostics.len() }
}
