//! `cargo xtask build`

use std::path::PathBuf;
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::repository;

/// The profile that it is built with, which Cargo names a folder by: see Cargo.toml.
const PROFILE: &str = "dist";

/// Builds `cloudabi-run` optimised and statically linked, and says where it is.
pub fn run() -> Result<(), Failure> {
    let program = static_program()?;
    println!("built {}", program.display());
    Ok(())
}

/// Builds `cloudabi-run` so that it starts fast: loading shared libraries takes longer than all that it does itself
/// before the program runs. So would relocating itself: it is at fixed addresses. Those of the program, its stack and the
/// vDSO are random all the same, and what holds a program in does not rest on where the runtime is.
///
/// The flag is for the program's own crate alone: procedural macros cannot be linked statically.
pub fn static_program() -> Result<PathBuf, Failure> {
    let mut command = cargo();
    command.args([
        "rustc",
        "--quiet",
        "--profile",
        "dist",
        "--package",
        "cloudabi-run",
        "--bin",
        "cloudabi-run",
    ]);
    command.args(["--", "-C", "target-feature=+crt-static", "-C", "relocation-model=static"]);
    let status = command.status().map_err(|error| cannot_run("cargo build", &error))?;
    if !status.success() {
        return Err(Failure::Message("cloudabi-run does not build".to_string()));
    }
    Ok(repository::target().join(PROFILE).join("cloudabi-run"))
}

/// Cargo, in the repository.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    let root = repository::root();
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
    command
}

fn cannot_run(what: &str, error: &std::io::Error) -> Failure {
    Failure::Message(format!("cannot run {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_starts_what_is_built() {
        let readme = std::fs::read_to_string(repository::root().join("README.md")).expect("there is one");
        let started = readme.lines().filter_map(|line| line.strip_prefix("$ target/"));
        let started: Vec<_> = started.filter_map(|line| line.split_once("/cloudabi-run ")).collect();
        assert!(!started.is_empty());
        assert!(started.iter().all(|(folder, _)| *folder == PROFILE), "{started:?}");
    }
}
