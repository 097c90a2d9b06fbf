//! Debian's Rust, which can build the standard library from its sources: the toolchain that the workspace is built with
//! need not have these.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::repository;

/// A file that has to be there, and the packages of Debian's that have it.
pub type Tool = (&'static str, &'static str);

/// What compiling takes.
pub const COMPILER: [Tool; 3] = [
    ("/usr/bin/cargo", "cargo-web"),
    ("/usr/bin/rustc", "rustc-web rust-web-src"),
    ("/usr/bin/ld.lld", "clang lld"),
];

/// Says which tools are missing, if any are.
pub fn require(tools: &[Tool]) -> Result<(), Failure> {
    let missing: Vec<_> = tools.iter().filter(|(path, _)| !Path::new(path).exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let lines = missing.iter().map(|(path, package)| format!("\n  {path}: apt-get install {package}"));
    Err(Failure::Message(format!("these tools are missing:{}", lines.collect::<String>())))
}

/// Lets a command, and what it starts, use that toolchain, with a folder of its own for what it downloads.
pub fn use_toolchain(command: &mut Command, folder: &Path) {
    for (name, _) in std::env::vars_os() {
        // What the cargo that started this one told it about itself is not for the other.
        if name.to_str().is_some_and(|name| name.starts_with("CARGO") || name.starts_with("RUST")) {
            command.env_remove(name);
        }
    }
    command.env("CARGO", COMPILER[0].0).env("RUSTC", COMPILER[1].0).env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_HOME", folder.join("cargo-home"));
}

/// The same command, in the repository.
pub fn in_repository(command: &mut Command) -> &mut Command {
    let root = repository::root();
    if root.as_os_str().is_empty() { command } else { command.current_dir(root) }
}

/// Runs a command that has to succeed.
pub fn succeed(command: &mut Command, what: &str) -> Result<(), Failure> {
    let name = command.get_program().to_owned();
    let cannot = |error| Failure::Message(format!("cannot run {}: {error}", OsStr::display(&name)));
    match command.status().map_err(cannot)?.success() {
        true => Ok(()),
        false => Err(Failure::Message(format!("{what} failed"))),
    }
}
