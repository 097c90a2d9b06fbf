//! The generator: the whole definition, and how time grows with its size.

use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::repository;

/// Runs the generator's benchmarks in release mode.
pub fn run() -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["bench", "--package", "cloudabi-codegen", "--bench", "generate"]);
    let root = repository::root();
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
    let status =
        command.status().map_err(|error| Failure::Message(format!("cannot run cargo bench: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure::Message("`cargo bench` failed".to_string())) }
}
