//! `cargo xtask test`

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use cloudabi_codegen::command::Failure;

use crate::guests::{self, Profile};
use crate::repository;

/// Checks that generated files are fresh, builds the programs that hosts run, runs every test of the workspace, lists the checks that
/// could not run because the machine lacks a tool, and closes with the sum of all tests.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let failed = |what: &str| Failure::Message(format!("{what} failed"));
    let xtask = std::env::current_exe().map_err(|error| Failure::Message(error.to_string()))?;
    let fresh = cargo_like(Command::new(xtask).args(["gen", "--check"]))?;

    let programs = guests::build(Profile::Debug)?;

    let folder = tempfile::tempdir().map_err(|error| Failure::Message(error.to_string()))?;
    let report = folder.path().join("skipped");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--workspace", "--features", "xtask/hosts", "--no-fail-fast"]).args(arguments);
    command.env("CLOUDABI_SKIP_REPORT", &report).env("CLOUDABI_GUESTS", &programs);
    let (passed, counts) = cargo_test(&mut command)?;

    let skipped = std::fs::read_to_string(&report).unwrap_or_default();
    let mut skipped: Vec<_> = skipped.lines().collect();
    skipped.sort_unstable();
    skipped.dedup();
    println!();
    for line in &skipped {
        println!("NOT CHECKED: {line}");
    }
    match skipped.len() {
        0 => println!("no check was skipped"),
        n => println!("{n} checks were skipped for want of a tool; with CI=true they fail"),
    }
    println!("tests: {} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.ignored);
    match (fresh, passed) {
        (true, true) => Ok(()),
        (false, _) => Err(failed("`cargo xtask gen --check`")),
        (_, false) => Err(failed("`cargo test`")),
    }
}

fn cargo_like(command: &mut Command) -> Result<bool, Failure> {
    in_repository(command);
    let status = command.status().map_err(|error| cannot_run(command, &error))?;
    Ok(status.success())
}

/// Runs `cargo test`, shows what it prints, and counts. Also whether it succeeded.
fn cargo_test(command: &mut Command) -> Result<(bool, Counts), Failure> {
    in_repository(command);
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_run(command, &error))?;
    let mut counts = Counts::default();
    if let Some(output) = child.stdout.take() {
        let mut shown = std::io::stdout().lock();
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // A test may print what is not UTF-8. Nobody may be left to show it to: the tests go on all the same.
        while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
            let _ = shown.write_all(&line);
            counts.add(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    let status = child.wait().map_err(|error| cannot_run(command, &error))?;
    Ok((status.success(), counts))
}

fn in_repository(command: &mut Command) {
    let root = repository::root();
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
}

fn cannot_run(command: &Command, error: &std::io::Error) -> Failure {
    Failure::Message(format!("cannot run {:?}: {error}", command.get_program()))
}

/// How many tests there were.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    /// Adds the figures of a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some((_, figures)) =
            line.trim_start().strip_prefix("test result: ").and_then(|l| l.split_once(". "))
        else {
            return;
        };
        for figure in figures.split("; ") {
            let Some((number, what)) = figure.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what.trim() {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_results_of_all_test_programs() {
        let mut counts = Counts::default();
        counts.add("running 3 tests");
        counts.add(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.41s",
        );
        counts.add(
            "test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0s",
        );
        counts.add("a test printed: test result: ok. 100 passed");
        assert_eq!(counts, Counts { passed: 5, failed: 5, ignored: 1 });
    }
}
