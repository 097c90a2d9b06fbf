//! `cargo cloudabi test`

mod guests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use cargo_cloudabi::Error;
use cargo_cloudabi::compile::{Kind, Messages};

use super::cargo::{self, Options};
use super::metadata::{IntegrationTest, Metadata, Package};
use super::{build, runner, shell};

/// What to test and how.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// This integration test only
    #[arg(long = "test", value_name = "NAME")]
    tests: Vec<String>,
    /// Go on after a failure
    #[arg(long)]
    no_fail_fast: bool,
    #[command(flatten)]
    options: Options,
    /// Passed on to native tests; `--nocapture` is for programs as well
    #[arg(last = true, value_name = "ARGUMENTS")]
    rest: Vec<OsString>,
}

const AFTER_HELP: &str = "\
Unit tests, documentation and ordinary integration tests run natively: they are Cargo's own.

An integration test that has `harness = false` in Cargo.toml is a CloudABI program. It is started by cloudabi-run in the
package's folder, and has passed if its exit code is 0. What it gets stands in tests/NAME.yaml; without that file it gets
  output: standard output
  stderr: standard error
  tmpdir: an empty directory of its own";

/// Runs all tests. The code is 101 if one failed.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let options = &arguments.options;
    options.set_color();
    let metadata = Metadata::read(options)?;
    let mut suite = Suite { native: Vec::new(), guests: Vec::new() };
    for package in &metadata.packages {
        suite.add(package, &arguments.tests)?;
    }
    if let Some(unknown) = arguments.tests.iter().find(|name| !suite.has(name)) {
        let names: Vec<_> = suite.names().collect();
        let there = if names.is_empty() { "there are none".to_owned() } else { names.join(", ") };
        return Err(Error::with_help(format!("there is no integration test `{unknown}` here"), there));
    }
    // Before anything is built, which can take long.
    let runner = if suite.guests.is_empty() { None } else { Some(runner::find()?) };

    let mut passed = true;
    let chosen = !arguments.tests.is_empty();
    let any = |holds: fn(&Package) -> bool| !chosen && metadata.packages.iter().any(holds);
    let mut kinds = Vec::new();
    kinds.extend(any(|package| package.has_library).then_some("--lib"));
    if !chosen {
        let programs = metadata.packages.iter().flat_map(|package| &package.programs);
        programs.for_each(|name| kinds.extend(["--bin", name]));
    }
    suite.native.iter().for_each(|name| kinds.extend(["--test", name]));
    if !kinds.is_empty() {
        passed &= native(arguments, &kinds)?;
    }
    let go_on = |passed: bool| passed || arguments.no_fail_fast;
    if any(|package| package.has_doctests) && go_on(passed) {
        passed &= native(arguments, &["--doc"])?;
    }
    if let (Some(runner), true) = (runner, go_on(passed)) {
        passed &= on_host(arguments, &suite, runner)?;
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::from(101) })
}

/// Integration tests by the way in which they run.
#[derive(Debug)]
struct Suite {
    native: Vec<String>,
    guests: Vec<guests::Guest>,
}

impl Suite {
    fn add(&mut self, package: &Package, chosen: &[String]) -> Result<(), Error> {
        let programs = without_harness(package)?;
        for IntegrationTest { name, source, allowed } in &package.tests {
            // Of one that is named and lacks a feature, Cargo says which.
            let wanted = if chosen.is_empty() { *allowed } else { chosen.contains(name) };
            if !wanted {
                continue;
            }
            if programs.contains(name) {
                self.guests.push(guests::Guest {
                    name: name.clone(),
                    manifest: package.manifest.clone(),
                    config: source.with_extension("yaml"),
                });
            } else {
                self.native.push(name.clone());
            }
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.native.iter().map(String::as_str).chain(self.guests.iter().map(|guest| guest.name.as_str()))
    }

    fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

/// The names of a package's integration tests that have a `main` of their own. Cargo does not tell.
fn without_harness(package: &Package) -> Result<Vec<String>, Error> {
    let path = &package.manifest;
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Error::File { action: "read", path: path.clone(), error })?;
    // Cargo has read it before, and said what is wrong if something was.
    let manifest: toml::Table = text.parse().unwrap_or_default();
    let tests = manifest.get("test").and_then(toml::Value::as_array);
    let without = tests
        .into_iter()
        .flatten()
        .filter(|test| test.get("harness").and_then(toml::Value::as_bool) == Some(false));
    Ok(without.filter_map(|test| Some(test.get("name")?.as_str()?.to_owned())).collect())
}

/// Runs tests of these kinds natively. Whether they passed.
fn native(arguments: &Arguments, kinds: &[&str]) -> Result<bool, Error> {
    let options: &Options = &arguments.options;
    let mut cargo = cargo::cargo();
    cargo.arg("test").args(kinds);
    options.add_packages(&mut cargo);
    options.add_compilation(&mut cargo);
    options.add_general(&mut cargo);
    if let Messages::Json(format) = options.messages() {
        cargo.args(["--message-format", &format]);
    }
    if arguments.no_fail_fast {
        cargo.arg("--no-fail-fast");
    }
    if !arguments.rest.is_empty() {
        cargo.arg("--").args(&arguments.rest);
    }
    let status = cargo.stdin(Stdio::null()).status();
    let status =
        status.map_err(|error| Error::CannotRun { program: cargo.get_program().to_owned(), error })?;
    Ok(status.success())
}

/// Builds and runs the tests that are programs. Whether they passed.
fn on_host(arguments: &Arguments, suite: &Suite, runner: PathBuf) -> Result<bool, Error> {
    let mut cargo: Command = cargo::cargo();
    cargo.args(["test", "--no-run"]);
    for guest in &suite.guests {
        cargo.args(["--test", &guest.name]);
    }
    let programs = build::build(cargo, &arguments.options)?;
    let capture = !arguments.rest.iter().any(|word| word == "--nocapture" || word == "--no-capture");
    let tests = programs.iter().filter(|program| program.built.kind == Kind::Test).filter_map(|program| {
        let guest = suite
            .guests
            .iter()
            .find(|guest| guest.name == program.built.name && guest.manifest == program.built.manifest);
        guest.map(|guest| (guest, program))
    });
    let outcome = guests::run_all(tests, &guests::Host { runner, capture })?;
    if !outcome && !arguments.options.quiet {
        shell::help(
            "a program's exit code is 0 if it passed; `--no-fail-fast` goes on after a failure elsewhere",
        );
    }
    Ok(outcome)
}
