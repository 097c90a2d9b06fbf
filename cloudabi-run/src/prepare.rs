//! From the command line to a program that can be started.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::path::Path;

use crate::cli::Arguments;
use crate::diagnostic::{self, Diagnostic};
use crate::explain::{explain, shown};
use crate::passed::Passed;
use crate::plan::Launch;
use crate::source::{Source, Span};
use crate::{grants, open, program, yaml};

/// Configurations that are larger are refused. A program's argument data is for what it is to do, not for data.
const MAX_SIZE: u64 = 16 << 20;

/// Why a program cannot be started.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// All that is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The configuration as far as it was read. The diagnostics point into it.
    pub source: Source,
}

impl Refusal {
    /// As text for people, with colours if `color` is set.
    pub fn render(&self, color: bool) -> String {
        diagnostic::render(&self.diagnostics, &self.source, color)
    }
}

/// Everything that a start needs.
pub fn prepare(arguments: &Arguments) -> Result<Launch, Refusal> {
    let mut source = Source { name: "<stdin>".to_owned(), text: String::new() };
    launch(arguments, &mut source).map_err(|diagnostics| Refusal { diagnostics, source })
}

fn launch(arguments: &Arguments, source: &mut Source) -> Result<Launch, Vec<Diagnostic>> {
    let program = program::open(&arguments.program).map_err(|error| vec![error])?;
    let bytes = match &arguments.config {
        Some(path) => {
            source.name = path.to_string_lossy().into_owned();
            configuration_file(path)
        }
        None => standard_input(),
    };
    let passed = Passed::from_environment();
    let configuration = understand_with(bytes.map_err(|error| vec![error])?, source, &passed)?;
    let descriptors = open::open(&configuration.requests, program.fd.as_fd())?;
    Ok(Launch {
        program: arguments.program.clone(),
        executable: program.fd,
        image: program.image,
        argument_data: configuration.value.to_bytes(),
        descriptors,
        limits: configuration.limits,
    })
}

/// Finds out what a configuration asks for; opens nothing. The text goes to `source`, for messages.
pub fn understand(bytes: Vec<u8>, source: &mut Source) -> Result<grants::Configuration, Vec<Diagnostic>> {
    understand_with(bytes, source, &Passed::default())
}

/// The same where a service manager has passed descriptors on.
pub fn understand_with(
    bytes: Vec<u8>,
    source: &mut Source,
    passed: &Passed,
) -> Result<grants::Configuration, Vec<Diagnostic>> {
    match String::from_utf8(bytes) {
        Ok(text) => source.text = text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message =
                format!("the configuration is not UTF-8: there is a byte {:#04x}", error.as_bytes()[at]);
            source.text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            return Err(vec![Diagnostic::at(
                Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8()),
                message,
            )]);
        }
    }
    let document = yaml::read(&source.text).map_err(|error| vec![error])?;
    grants::read(&document, &source.text, passed)
}

fn standard_input() -> Result<Vec<u8>, Diagnostic> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        eprintln!("cloudabi-run: reading the program's configuration from the terminal; Ctrl-D ends it");
    }
    let failure = "the configuration cannot be read from standard input";
    // Not through the library's buffer, in which it would stay.
    let input = stdin.as_fd().try_clone_to_owned();
    let input = input
        .map_err(|error| Diagnostic::general(format!("{failure}: {}", crate::host::without_number(error))))?;
    contents(File::from(input), failure)
}

fn configuration_file(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let file = File::open(path).map_err(|error| {
        let explanation = explain(path, "for reading", error);
        Diagnostic::general(format!("no configuration: {}", explanation.message)).maybe_help(explanation.help)
    })?;
    contents(file, &format!("the configuration {} cannot be read", shown(path)))
}

fn contents(source: impl Read, failure: &str) -> Result<Vec<u8>, Diagnostic> {
    let mut bytes = Vec::new();
    source
        .take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Diagnostic::general(format!("{failure}: {}", crate::host::without_number(error))))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(Diagnostic::general(format!("the configuration is larger than {} MiB", MAX_SIZE >> 20)));
    }
    Ok(bytes)
}
