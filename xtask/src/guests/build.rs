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

/// How to build for this machine.
pub fn native(profile: Profile) -> Build {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    // Flags for the hosts' own programs are not for these.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.args(["build", "--quiet"]);
    Build { cargo, profile, build_folder: guests().join("build"), folder: folder(profile) }
}

/// How to build programs.
#[derive(Debug)]
pub struct Build {
    /// Cargo's command `build`, with what is special about it.
    pub cargo: Command,
    /// How to compile.
    pub profile: Profile,
    /// Where Cargo works.
    pub build_folder: PathBuf,
    /// Where finished programs go.
    pub folder: PathBuf,
}

/// Builds all programs. Their names stand in alphabetical order.
pub fn programs(build: Build) -> Result<Vec<Built>, Failure> {
    let workspace = repository::root().join("tests/guests");
    let Build { cargo: mut command, profile, build_folder, .. } = build;
    command.args(["--package", "programs", "--bins", "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(workspace.join("Cargo.toml"));
    command.arg("--target-dir").arg(build_folder);
    if profile == Profile::Release {
        command.arg("--release");
    }
    let output = command
        .stdin(Stdio::null())
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
