//! Calling Cargo for the workspace of programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use cloudabi_codegen::command::Failure;

use crate::repository;

/// How to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// With the checks of a debug build.
    Debug,
    /// For measuring.
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }
}

/// A program that Cargo has linked.
#[derive(Clone, Debug)]
pub struct Built {
    /// `hello`
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Where finished programs of this profile go.
pub fn folder(profile: Profile) -> PathBuf {
    guests().join(profile.folder())
}

/// Everything about programs in the build folder.
fn guests() -> PathBuf {
    repository::target().join("guests")
}

/// Builds all programs. Their names stand in alphabetical order.
pub fn programs(profile: Profile) -> Result<Vec<Built>, Failure> {
    let workspace = repository::root().join("tests/guests");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "programs", "--bins"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(workspace.join("Cargo.toml"));
    command.arg("--target-dir").arg(guests().join("build"));
    if profile == Profile::Release {
        command.arg("--release");
    }
    // Flags for the hosts' own programs are not for these.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").stdin(Stdio::null());
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::Message(format!("cannot run {:?}: {error}", command.get_program())))?;
    if !output.status.success() {
        return Err(Failure::Message("building the programs failed".to_string()));
    }
    let mut built: Vec<_> = output.stdout.split(|byte| *byte == b'\n').filter_map(linked).collect();
    built.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(built)
}

/// The program that a message of Cargo's tells of, if it tells of one.
fn linked(message: &[u8]) -> Option<Built> {
    let message: serde_json::Value = serde_json::from_slice(message).ok()?;
    let name = message.get("target")?.get("name")?.as_str()?.to_string();
    let path = PathBuf::from(message.get("executable")?.as_str()?);
    Some(Built { name, path })
}
