//! `cargo xtask test`

use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::repository;

/// Checks that generated files are fresh, runs every test of the workspace, and lists the checks that
/// could not run because the machine lacks a tool.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let failed = |what: &str| Failure::Message(format!("{what} failed"));
    let xtask = std::env::current_exe().map_err(|error| Failure::Message(error.to_string()))?;
    let fresh = cargo_like(Command::new(xtask).args(["gen", "--check"]))?;

    let folder = tempfile::tempdir().map_err(|error| Failure::Message(error.to_string()))?;
    let report = folder.path().join("skipped");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--workspace", "--no-fail-fast"]).args(arguments);
    command.env("CLOUDABI_SKIP_REPORT", &report);
    let passed = cargo_like(&mut command)?;

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
    match (fresh, passed) {
        (true, true) => Ok(()),
        (false, _) => Err(failed("`cargo xtask gen --check`")),
        (_, false) => Err(failed("`cargo test`")),
    }
}

fn cargo_like(command: &mut Command) -> Result<bool, Failure> {
    let root = repository::root();
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
    let status = command
        .status()
        .map_err(|error| Failure::Message(format!("cannot run {:?}: {error}", command.get_program())))?;
    Ok(status.success())
}
