//! What runs in a machine, built for its processor.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cloudabi_codegen::command::Failure;

use super::failure;
use super::processor::Processor;
use crate::aarch64;
use crate::debian::{self, in_repository, succeed};
use crate::guests::{self, Profile};

/// Programs of this repository's.
pub struct Programs {
    /// `cloudabi-run`, linked statically.
    pub runner: PathBuf,
    /// This program.
    pub judge: PathBuf,
    /// The conformance kit's part outside of programs.
    pub conformance: PathBuf,
    /// The folder with programs for the ABI.
    pub guests: PathBuf,
}

impl Programs {
    /// Builds them, in a folder.
    pub fn build(processor: Processor, folder: &Path) -> Result<Programs, Failure> {
        if processor.is_this() { native(folder) } else { foreign(folder) }
    }
}

/// For the processor of this machine.
fn native(folder: &Path) -> Result<Programs, Failure> {
    let mut test = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    test.args(["test", "--package", "cloudabi-tests", "--test", "conformance", "--no-run"]);
    Ok(Programs {
        runner: build_runner(folder)?,
        judge: this_program(folder)?,
        conformance: executable(&mut test, "conformance")?,
        guests: guests::build(Profile::Debug)?,
    })
}

/// For the other one, linked statically: there are no libraries of the other machine's here.
fn foreign(folder: &Path) -> Result<Programs, Failure> {
    aarch64::require()?;
    let mut programs = Vec::new();
    for (arguments, name) in [
        (&["build", "--package", "cloudabi-run", "--features", "layer-switches"][..], "cloudabi-run"),
        (&["build", "--package", "xtask", "--features", "hosts"], "xtask"),
        (&["test", "--no-run", "--package", "cloudabi-tests", "--test", "conformance"], "conformance"),
    ] {
        let mut cargo = aarch64::cargo_for_static(folder, arguments);
        // With checks, as tests are, but quick and small: it is an emulator that runs them.
        for (setting, value) in [("OPT_LEVEL", "1"), ("DEBUG", "0"), ("STRIP", "symbols")] {
            cargo.env(format!("CARGO_PROFILE_DEV_{setting}"), value);
        }
        programs.push(executable(&mut cargo, name)?);
    }
    let guests = aarch64::build_programs(folder)?;
    let Ok([runner, judge, conformance]) = <[PathBuf; 3]>::try_from(programs) else {
        return Err(failure("a program is missing"));
    };
    Ok(Programs { runner, judge, conformance, guests })
}

/// A copy of this program: somebody may build it anew meanwhile.
fn this_program(folder: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(failure)?;
    let copy = folder.join("xtask");
    std::fs::copy("/proc/self/exe", &copy).map_err(failure)?;
    Ok(copy)
}

/// Builds `cloudabi-run` as it is used, but so that its layers can be switched off.
fn build_runner(folder: &Path) -> Result<PathBuf, Failure> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["rustc", "--quiet", "--release", "--package", "cloudabi-run", "--bin", "cloudabi-run"]);
    cargo.args(["--features", "layer-switches", "--target-dir"]).arg(folder.join("build"));
    cargo.args([
        "--",
        "-C",
        "target-feature=+crt-static",
        "-C",
        "relocation-model=static",
        "-C",
        "strip=symbols",
    ]);
    succeed(debian::in_repository(&mut cargo), "building cloudabi-run")?;
    Ok(folder.join("build/release/cloudabi-run"))
}

/// Lets Cargo build something, and gives the executable of this name that it has made.
fn executable(cargo: &mut Command, name: &str) -> Result<PathBuf, Failure> {
    cargo.args(["--quiet", "--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let output = in_repository(cargo).output().map_err(failure)?;
    if !output.status.success() {
        return Err(failure(format!("building {name} failed")));
    }
    let found = output.stdout.split(|byte| *byte == b'\n').find_map(|line| made(line, name));
    found.ok_or_else(|| failure(format!("Cargo does not say where {name} is")))
}

/// Where the executable of this name is, if this is the message that says so.
fn made(line: &[u8], name: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_slice(line).ok()?;
    let is_it = message["target"]["name"].as_str() == Some(name);
    message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_found_among_messages() {
        let made = |line: &str| made(line.as_bytes(), "conformance");
        let message = r#"{"reason":"compiler-artifact","target":{"name":"conformance"},"executable":"/a/b"}"#;
        assert_eq!(made(message), Some(PathBuf::from("/a/b")));
        for other in [
            r#"{"reason":"compiler-artifact","target":{"name":"conformance"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"xtask"},"executable":"/a/b"}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "",
        ] {
            assert_eq!(made(other), None, "{other}");
        }
    }
}
