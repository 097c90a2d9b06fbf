//! Running tests that are programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use cargo_cloudabi::Error;
use cargo_cloudabi::finish::Program;

/// An integration test that is a program.
#[derive(Debug)]
pub struct Guest {
    /// `works`
    pub name: String,
    /// Its package's `Cargo.toml`.
    pub manifest: PathBuf,
    /// Where its configuration is, if it has one.
    pub config: PathBuf,
}

/// How to run tests.
#[derive(Debug)]
pub struct Host {
    /// `cloudabi-run`
    pub runner: PathBuf,
    /// Whether what a test prints is shown only if it failed.
    pub capture: bool,
}

/// Runs tests one after the other, and says how they ended as Rust's own do. Whether all passed.
pub fn run_all<'t>(
    tests: impl Iterator<Item = (&'t Guest, &'t Program)>,
    host: &Host,
) -> Result<bool, Error> {
    let tests: Vec<_> = tests.collect();
    let begin = Instant::now();
    println!("\nrunning {} {}", tests.len(), if tests.len() == 1 { "program" } else { "programs" });
    let mut failures = Vec::new();
    for (guest, program) in &tests {
        let output = run(guest, &program.path, host)?;
        let passed = output.status.success();
        println!("test {} ... {}", guest.name, if passed { "ok" } else { "FAILED" });
        if !passed {
            failures.push((guest, output));
        }
    }
    if !failures.is_empty() {
        println!("\nfailures:");
        for (guest, output) in &failures {
            println!("\n---- {} ----", guest.name);
            print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            println!("it ended with {}", output.status);
        }
    }
    let verdict = if failures.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s\n",
        tests.len() - failures.len(),
        failures.len(),
        begin.elapsed().as_secs_f64()
    );
    Ok(failures.is_empty())
}

/// Runs one.
fn run(guest: &Guest, program: &Path, host: &Host) -> Result<Output, Error> {
    let scratch = tempfile::Builder::new().prefix("cargo-cloudabi-").tempdir();
    let scratch =
        scratch.map_err(|error| Error::File { action: "make", path: std::env::temp_dir(), error })?;
    let config = if guest.config.is_file() {
        std::path::absolute(&guest.config).unwrap_or_else(|_| guest.config.clone())
    } else {
        let directory = scratch.path().join("tmpdir");
        let config = scratch.path().join("config.yaml");
        std::fs::create_dir(&directory)
            .and_then(|()| std::fs::write(&config, default_configuration(&directory)))
            .map_err(|error| Error::File { action: "write", path: config.clone(), error })?;
        config
    };
    let program = std::path::absolute(program).unwrap_or_else(|_| program.to_owned());
    let mut command = Command::new(&host.runner);
    command.arg("--config").arg(config).arg(program).stdin(Stdio::null());
    if let Some(folder) = guest.manifest.parent() {
        command.current_dir(folder);
    }
    if !host.capture {
        command.stdout(Stdio::inherit()).stderr(Stdio::inherit());
    }
    command.output().map_err(|error| Error::CannotRun { program: host.runner.clone().into(), error })
}

/// What a test gets that has no configuration of its own.
fn default_configuration(directory: &Path) -> String {
    // A string of JSON's is one of YAML's.
    let directory = serde_json::Value::from(directory.to_string_lossy().into_owned());
    format!(
        "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\nstderr: !fd stderr\n\
         tmpdir: !directory {{path: {directory}, access: [read, write]}}\n"
    )
}
