//! `cargo xtask aarch64`

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_cloudabi::flags;
use cloudabi_codegen::command::Failure;

use crate::debian::{self, Tool, in_repository, succeed};
use crate::guests::{self, Build, Profile};
use crate::repository;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// What it takes beside a compiler.
const TOOLS: [Tool; 3] = [
    ("/usr/aarch64-linux-gnu/lib/libc.a", "libc6-dev-arm64-cross"),
    ("/usr/lib/gcc-cross/aarch64-linux-gnu/12/libgcc_eh.a", "libgcc-12-dev-arm64-cross"),
    ("/usr/bin/qemu-aarch64", "qemu-user"),
];

/// Tests of what is said of programs that end by a mistake. The others need what the emulator has not.
const CRASHES: [&str; 3] = [
    "crashes::the_last_call_is_that_of_the_trace",
    "crashes::executables_without_symbols",
    "crashes::copies_of_the_process_are_told_apart",
];

/// Builds `cloudabi-run` and the programs for aarch64, and lets the conformance kit judge them on an emulated processor. The
/// library's own tests run there, too, and what is said of programs that end by a mistake.
pub fn run() -> Result<(), Failure> {
    let folder = folder()?;
    let runner = runner()?;
    let programs = build_programs(&folder)?;

    let mut test = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    test.args(["test", "--package", "cloudabi-tests", "--test", "conformance", "--test", "library"]);
    test.env("CLOUDABI_RUN", &runner).env("CLOUDABI_GUESTS", &programs);
    succeed(in_repository(&mut test), "the conformance kit and the tests of the library on aarch64")?;

    let mut test = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    test.args(["test", "--package", "cloudabi-tests", "--test", "trace", "--", "--exact"]).args(CRASHES);
    test.env("CLOUDABI_RUN", runner).env("CLOUDABI_GUESTS", programs);
    succeed(in_repository(&mut test), "the messages about mistakes on aarch64")
}

/// Where everything about this machine is built.
fn folder() -> Result<PathBuf, Failure> {
    std::path::absolute(repository::target().join("aarch64"))
        .map_err(|error| Failure::Message(error.to_string()))
}

/// Says which tools are missing, if any are.
pub fn require() -> Result<(), Failure> {
    debian::require(&debian::COMPILER)?;
    debian::require(&TOOLS)
}

/// Builds `cloudabi-run` for an emulated processor; gives a command that runs it.
pub fn runner() -> Result<PathBuf, Failure> {
    require()?;
    let folder = folder()?;
    let runner = build_runner(&folder)?;
    emulated(&folder, &runner)
}

/// Links with Clang, which the programs need in any case: Debian does not let GCC for another machine be installed
/// beside GCC with both word sizes of this one.
const LINK: [&str; 2] = ["-Clink-arg=--target=aarch64-linux-gnu", "-Clink-arg=-fuse-ld=lld"];

/// How Clang is told of the other machine.
const CLANG: &str = "--target=aarch64-linux-gnu";

/// Builds `cloudabi-run`, linked statically so that it needs no libraries of another machine.
fn build_runner(folder: &Path) -> Result<PathBuf, Failure> {
    let mut cargo = cargo_for_static(folder, &["build", "--quiet", "--package", "cloudabi-run"]);
    succeed(in_repository(&mut cargo), "building cloudabi-run for aarch64")?;
    Ok(folder.join("host").join(TARGET).join("debug/cloudabi-run"))
}

/// Cargo with these arguments, for programs of the other machine's that need no libraries.
pub fn cargo_for_static(folder: &Path, arguments: &[&str]) -> Command {
    let mut cargo = cargo(folder);
    cargo.args(arguments);
    let flags = LINK.into_iter().chain(["-Ctarget-feature=+crt-static"]).map(str::to_owned);
    flags::apply(&mut cargo, TARGET, &flags.collect::<Vec<_>>());
    cargo.args(["-Zbuild-std", "--target-dir"]).arg(folder.join("host"));
    cargo
}

/// Builds the programs, and gives their folder.
pub fn build_programs(folder: &Path) -> Result<PathBuf, Failure> {
    let mut cargo = cargo(folder);
    cargo.args(["build", "--quiet"]);
    let link = LINK.map(str::to_owned).into_iter();
    flags::apply(&mut cargo, TARGET, &link.chain(flags::rustc_flags(TARGET)).collect::<Vec<_>>());
    cargo.arg("-Zbuild-std=core,alloc");
    guests::build_with(Build {
        cargo,
        profile: Profile::Debug,
        only: None,
        build_folder: folder.join("guests/build"),
        folder: folder.join("guests/debug"),
    })
}

/// Cargo for the target.
fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(debian::COMPILER[0].0);
    debian::use_toolchain(&mut cargo, folder);
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "clang");
    // For what is written in C.
    cargo.env("CC_aarch64_unknown_linux_gnu", "clang").env("CFLAGS_aarch64_unknown_linux_gnu", CLANG);
    cargo
}

/// How many addresses an emulated process may have, in KiB.
///
/// The emulator keeps a record of each page of memory that is mapped, reserved ones included, and copies the records
/// whenever the process forks. So the region of memory for programs may not be as large as elsewhere.
const EMULATED_ADDRESSES: u32 = 16 << 20;

/// A command that runs a program of the other machine. There is no sandbox: the emulator has neither filters nor Landlock.
fn emulated(folder: &Path, program: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("cloudabi-run");
    let text = format!(
        "#!/bin/sh\nulimit -v {EMULATED_ADDRESSES}\nexec qemu-aarch64 {program:?} --sandbox=none \"$@\"\n"
    );
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::write(&path, text)
        .and_then(|()| std::fs::set_permissions(&path, executable))
        .map_err(|error| Failure::Message(format!("cannot write {}: {error}", path.display())))?;
    Ok(path)
}
