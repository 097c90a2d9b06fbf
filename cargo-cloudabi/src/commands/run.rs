//! `cargo cloudabi run`

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use cargo_cloudabi::Error;
use cargo_cloudabi::finish::Program;

use super::cargo::{self, Options};
use super::metadata::Metadata;
use super::{build, runner, shell};

/// What to run and how.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The program, if there are several
    #[arg(long = "bin", value_name = "NAME", conflicts_with = "example")]
    program: Option<String>,
    /// An example
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Options for cloudabi-run, and the configuration; `-` reads it from standard input
    #[arg(last = true, value_name = "CONFIG.yaml")]
    rest: Vec<OsString>,
}

const AFTER_HELP: &str = "\
The configuration says what the program gets. Without one, NAME.yaml beside the package's Cargo.toml is taken, where NAME
is the program's, and relative paths in it begin there. In any other configuration they begin in the current folder.

The program is started by cloudabi-run, which is searched for beside this command, in PATH, and in the repository that this
command was built from; the variable CLOUDABI_RUN can name another one.

Exit status: the program's.";

/// Builds a program and starts it.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let (passed_on, config) = split(&arguments.rest)?;
    // Before anything is built, which can take long.
    let runner = runner::find()?;
    let mut cargo = cargo::cargo();
    cargo.arg("build");
    match (&arguments.program, &arguments.example) {
        (Some(program), _) => cargo.args(["--bin", program]),
        (_, Some(example)) => cargo.args(["--example", example]),
        _ => cargo.arg("--bins"),
    };
    let programs = build::build(cargo, &arguments.options)?;
    let program = choose(&programs, &arguments.options)?;

    let mut command = Command::new(runner);
    command.args(passed_on);
    match config {
        Some(config) if config == "-" => {}
        Some(config) => {
            command.arg("--config").arg(config);
        }
        None => {
            let (folder, config) = default_configuration(program)?;
            command.current_dir(folder).arg("--config").arg(config);
        }
    }
    // Cargo gives absolute paths; if it did not, they would be wrong in another folder.
    let path = std::path::absolute(&program.path).unwrap_or_else(|_| program.path.clone());
    command.arg(&path);
    if !arguments.options.quiet {
        shell::status("Running", format_args!("`{}`", shown(&command)));
    }
    start(command)
}

/// Options for `cloudabi-run`, and the configuration behind them.
fn split(rest: &[OsString]) -> Result<(&[OsString], Option<&OsString>), Error> {
    let is_option = |argument: &OsString| argument != "-" && argument.to_string_lossy().starts_with('-');
    match rest.iter().position(|argument| !is_option(argument)) {
        None => Ok((rest, None)),
        Some(at) if at + 1 == rest.len() => Ok((&rest[..at], rest.last())),
        Some(at) => Err(Error::with_help(
            format!("{} is one argument too many after the configuration", rest[at + 1].to_string_lossy()),
            "a program has no command line: everything that it gets is in its configuration\n\
             options for cloudabi-run stand before the configuration, their values after `=`",
        )),
    }
}

/// The only program, or the one that its package prefers.
fn choose<'p>(programs: &'p [Program], options: &Options) -> Result<&'p Program, Error> {
    match programs {
        [] => Err(Error::with_help(
            "there is no program here",
            "a program is `src/main.rs` or a file in `src/bin/`",
        )),
        [program] => Ok(program),
        several => {
            let metadata = Metadata::read(options)?;
            let preferred = |program: &&Program| {
                metadata.packages.iter().any(|package| {
                    package.manifest == program.built.manifest
                        && package.default_run.as_ref() == Some(&program.built.name)
                })
            };
            let mut preferred = several.iter().filter(preferred);
            if let (Some(program), None) = (preferred.next(), preferred.next()) {
                return Ok(program);
            }
            let names: Vec<_> = several.iter().map(|program| program.built.name.as_str()).collect();
            Err(Error::with_help(
                "there are several programs here, and one can be run",
                format!("say which one with `--bin NAME`: {}", names.join(", ")),
            ))
        }
    }
}

/// The folder of a program's package, and the configuration there.
fn default_configuration(program: &Program) -> Result<(&Path, PathBuf), Error> {
    let folder = program.built.manifest.parent().unwrap_or(Path::new("."));
    let config = folder.join(format!("{}.yaml", program.built.name));
    if config.is_file() {
        return Ok((folder, config));
    }
    let start = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout";
    Err(Error::with_help(
        format!(
            "nothing says what `{}` gets: there is no {}",
            program.built.name,
            build::shortened(&config).display()
        ),
        format!(
            "write that file, or name another one: `cargo cloudabi run -- CONFIG.yaml`; this would be one:\n{start}"
        ),
    ))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> =
        words.map(|word| build::shortened(Path::new(word)).to_string_lossy().into_owned()).collect();
    words.join(" ")
}

/// Becomes the command.
#[cfg(unix)]
fn start(mut command: Command) -> Result<ExitCode, Error> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(Error::CannotRun { program: command.get_program().to_owned(), error })
}

/// Runs the command to its end.
#[cfg(not(unix))]
fn start(mut command: Command) -> Result<ExitCode, Error> {
    let status = command.status();
    let status =
        status.map_err(|error| Error::CannotRun { program: command.get_program().to_owned(), error })?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_told_from_options() {
        let split_words = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(OsString::from).collect();
            let (options, config) = split(&words).ok()?;
            Some((options.len(), config.map(|config| config.to_string_lossy().into_owned())))
        };
        let config = |name: &str| Some(name.to_owned());
        assert_eq!(split_words(&[]), Some((0, None)));
        assert_eq!(split_words(&["a.yaml"]), Some((0, config("a.yaml"))));
        assert_eq!(split_words(&["--trace", "--sandbox=none", "-"]), Some((2, config("-"))));
        assert_eq!(split_words(&["--trace"]), Some((1, None)));
        assert_eq!(split_words(&["a.yaml", "--trace"]), None);
        assert_eq!(split_words(&["a", "b"]), None);
    }
}
