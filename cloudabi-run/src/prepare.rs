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
use crate::report::{self, Level};
use crate::shortcuts::Shortcuts;
use crate::source::{Source, Span};
use crate::{grants, open, program, shortcuts, yaml};

/// Configurations that are larger are refused. A program's argument data is for what it is to do, not for data.
const MAX_SIZE: u64 = 16 << 20;

/// Why a program cannot be started.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// All that is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The configuration as far as it was read, and the options. The diagnostics point into them.
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
    let mut source = source(arguments);
    launch(arguments, &mut source).map_err(|diagnostics| Refusal { diagnostics, source })
}

/// Makes sure that a program could be started, as far as that can be told without opening what it would get.
///
/// # Errors
/// All that is wrong, with the program if one is named, and with what it would get.
pub fn check(arguments: &Arguments) -> Result<(), Refusal> {
    let mut source = source(arguments);
    let program = arguments.program.as_deref().map(program::open);
    let configuration = configuration(arguments, &mut source);
    let mut diagnostics = configuration.err().unwrap_or_default();
    diagnostics.extend(program.and_then(Result::err));
    if diagnostics.is_empty() { Ok(()) } else { Err(Refusal { diagnostics, source }) }
}

/// Where the configuration comes from; nothing of it has been read.
fn source(arguments: &Arguments) -> Source {
    let name = match &arguments.config {
        Some(path) if !is_standard_input(path) => path.to_string_lossy().into_owned(),
        _ => "<stdin>".to_owned(),
    };
    Source { command_line: arguments.shortcuts.text(), ..Source::named(name) }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn launch(arguments: &Arguments, source: &mut Source) -> Result<Launch, Vec<Diagnostic>> {
    let path = arguments.program.clone().unwrap_or_default();
    let program = program::open(&path).map_err(|error| vec![error])?;
    let configuration = configuration(arguments, source)?;
    let descriptors = open::open(&configuration.requests, program.fd.as_fd())?;
    Ok(Launch {
        program: path,
        executable: program.fd,
        image: program.image,
        argument_data: configuration.value.to_bytes(),
        descriptors,
        limits: configuration.limits,
    })
}

/// Reads the configuration and the options that add to it. Without either, what is on standard input is the configuration.
fn configuration(
    arguments: &Arguments,
    source: &mut Source,
) -> Result<grants::Configuration, Vec<Diagnostic>> {
    let bytes = match &arguments.config {
        Some(path) if !is_standard_input(path) => configuration_file(path),
        None if !arguments.shortcuts.0.is_empty() => Ok(Vec::new()),
        _ => standard_input(),
    };
    let bytes = bytes.map_err(|error| vec![error])?;
    understand(bytes, source, &arguments.shortcuts, &Passed::from_environment())
}

/// Finds out what a configuration asks for, with what options add to it and a service manager has passed on; opens nothing.
/// The configuration's text goes to `source`, for messages.
///
/// # Errors
/// All that is wrong with it.
pub fn understand(
    bytes: Vec<u8>,
    source: &mut Source,
    shortcuts: &Shortcuts,
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
    let mut configuration = grants::read(&document, &source.text, passed)?;
    shortcuts::add(shortcuts, passed, &document, source, &mut configuration)?;
    Ok(configuration)
}

fn standard_input() -> Result<Vec<u8>, Diagnostic> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        report::say(
            Level::Notice,
            "cloudabi-run: reading the program's configuration from the terminal; Ctrl-D ends it\n",
        );
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
