//! Calling Cargo for the workspace of programs.

use std::path::PathBuf;
use std::process::Command;

use cargo_cloudabi::Error;
use cargo_cloudabi::compile::{self, Built, Messages};
use cargo_cloudabi::flags;
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

/// The target that programs for this machine are linked with.
const NATIVE: &str =
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };

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
    flags::apply(&mut cargo, NATIVE, &flags::rustc_flags(NATIVE));
    Build { cargo, profile, only: None, build_folder: guests().join("build"), folder: folder(profile) }
}

/// How to build programs.
#[derive(Debug)]
pub struct Build {
    /// Cargo's command `build`, with what is special about it.
    pub cargo: Command,
    /// How to compile.
    pub profile: Profile,
    /// The only program to build, if not all of them.
    pub only: Option<&'static str>,
    /// Where Cargo works.
    pub build_folder: PathBuf,
    /// Where finished programs go.
    pub folder: PathBuf,
}

/// Builds all programs. Their names stand in alphabetical order.
pub fn programs(build: Build) -> Result<Vec<Built>, Failure> {
    let workspace = repository::root().join("tests/guests");
    let Build { cargo: mut command, profile, only, build_folder, .. } = build;
    match only {
        Some(name) => command.args(["--bin", name]),
        None => command.args(["--workspace", "--bins"]),
    };
    command.arg("--manifest-path").arg(workspace.join("Cargo.toml"));
    command.arg("--target-dir").arg(build_folder);
    if profile == Profile::Release {
        command.arg("--release");
    }
    compile::run(&mut command, &Messages::Text).map_err(|error| match error {
        Error::Failed { .. } => Failure::Message("building the programs failed".to_string()),
        error => Failure::Message(error.to_string()),
    })
}
