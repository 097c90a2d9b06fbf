//! Calling Cargo for the workspace of programs.

use std::path::{Path, PathBuf};
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
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| repository::root().join("target")).join("guests")
}

/// Builds all programs. Those that are not linked yet stand in the order of their names.
pub fn programs(profile: Profile) -> Result<Vec<Built>, Failure> {
    let workspace = repository::root().join("tests/guests");
    let build = guests().join("build");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "programs", "--bins", "--manifest-path"]);
    command.arg(workspace.join("Cargo.toml")).arg("--target-dir").arg(&build);
    if profile == Profile::Release {
        command.arg("--release");
    }
    // Flags for the hosts' own programs are not for these.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").stdin(Stdio::null());
    let status = command
        .status()
        .map_err(|error| Failure::Message(format!("cannot run {:?}: {error}", command.get_program())))?;
    if !status.success() {
        return Err(Failure::Message("building the programs failed".to_string()));
    }
    linked(&build.join(profile.folder()))
}

/// The programs in a folder of Cargo's: files without an extension that Cargo wrote a list of sources for.
fn linked(folder: &Path) -> Result<Vec<Built>, Failure> {
    let cannot_list = |error| Failure::Message(format!("cannot list {}: {error}", folder.display()));
    let mut built = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot_list)? {
        let path = entry.map_err(cannot_list)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if !name.contains('.') && path.is_file() && path.with_extension("d").exists() {
            built.push(Built { name: name.to_string(), path });
        }
    }
    built.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(built)
}
