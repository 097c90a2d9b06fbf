//! `cargo xtask shortcuts`

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::debian::{in_repository, succeed};
use crate::guests::{self, Profile};
use crate::repository;

/// What `--without` of `cloudabi-run` can have the host do without, and the tests of this repository's that are about it:
/// `linux-glue/src/shortcuts/`.
const SHORTCUTS: [(&str, &[&str]); 4] = [
    ("openat2", &["conformance"]),
    ("pidfd", &["conformance", "stress"]),
    ("futex-bitsets", &["conformance", "threads"]),
    ("futex-counts", &["conformance", "threads"]),
];

/// Runs the conformance kit with each of Linux's shortcuts switched off, so that what other hosts do in its place is run.
pub fn run() -> Result<(), Failure> {
    let folder = std::path::absolute(repository::target().join("shortcuts")).map_err(failure)?;
    std::fs::create_dir_all(&folder).map_err(failure)?;
    // Whoever takes a shortcut that is switched off has to be noticed.
    let mut noticed = cargo();
    noticed.args(["test", "--quiet", "--package", "cloudabi-linux-glue", "--features", "shortcut-switches"]);
    noticed.args(["--lib", "shortcuts"]);
    succeed(in_repository(&mut noticed), "the tests of the switches")?;
    let runner = build_runner(&folder)?;
    let programs = guests::build(Profile::Debug)?;
    for (shortcut, tests) in SHORTCUTS {
        println!("without {shortcut}:");
        let mut test = cargo();
        test.args(["test", "--quiet", "--package", "cloudabi-tests"]);
        tests.iter().for_each(|name| {
            test.args(["--test", name]);
        });
        test.env("CLOUDABI_RUN", without(&folder, &runner, shortcut)?).env("CLOUDABI_GUESTS", &programs);
        succeed(in_repository(&mut test), &format!("the conformance kit without {shortcut}"))?;
    }
    Ok(())
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
}

/// Builds `cloudabi-run` so that shortcuts can be switched off, apart from the one that people use.
fn build_runner(folder: &Path) -> Result<PathBuf, Failure> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--package", "cloudabi-run", "--features", "shortcut-switches"]);
    command.arg("--target-dir").arg(folder);
    succeed(in_repository(&mut command), "building cloudabi-run")?;
    Ok(folder.join("debug/cloudabi-run"))
}

/// A command that runs programs without a shortcut.
fn without(folder: &Path, runner: &Path, shortcut: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("without-{shortcut}"));
    let text = format!("#!/bin/sh\nexec {runner:?} --without={shortcut} \"$@\"\n");
    std::fs::write(&path, text).map_err(failure)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).map_err(failure)?;
    Ok(path)
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}
