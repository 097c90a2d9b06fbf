//! Building the host for FreeBSD, which is linked against the libraries that zig knows of FreeBSD, and not run.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::debian::{self, in_repository, succeed};

/// The machines that it is for.
pub const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// Libraries that the standard library's binding to C names, nobody uses, and zig does not have.
const UNUSED: &str = "-lkvm|-lprocstat|-ldevstat|-lmemstat|-liconv";

/// Builds the host, and the commands that start programs with it, for FreeBSD on each machine.
pub fn build(folder: &Path) -> Result<(), Failure> {
    for machine in MACHINES {
        let target = format!("{machine}-unknown-freebsd");
        let linker = linker(machine, folder)?;
        let mut command = Command::new(debian::COMPILER[0].0);
        debian::use_toolchain(&mut command, folder);
        command.env(format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_")), linker);
        command.env("RUSTFLAGS", "-Clinker-flavor=gcc -Dwarnings");
        // Nobody looks into what is not run.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        command.args(["build", "--quiet", "-Zbuild-std", "--examples", "--bins"]);
        command.args(["--package", "cloudabi-freebsd-glue", "--package", "cloudabi-run"]);
        command.args(["--target", &target, "--target-dir"]).arg(folder);
        succeed(in_repository(&mut command), &format!("building the host for {target}"))?;
        println!("{target}: the host and cloudabi-run were built and linked");
    }
    Ok(())
}

/// Writes a script that links as `cc` does, by zig's.
fn linker(machine: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("link-{machine}-freebsd"));
    let script = format!(
        "#!/bin/sh\n\
         for argument in \"$@\"; do\n\
         \x20   shift\n\
         \x20   case $argument in {UNUSED}) ;; *) set -- \"$@\" \"$argument\" ;; esac\n\
         done\n\
         exec python3 -m ziglang cc -target {machine}-freebsd \"$@\"\n"
    );
    let write = || {
        std::fs::create_dir_all(folder)?;
        std::fs::write(&path, script)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
    };
    write().map_err(|error| Failure::Message(format!("cannot write {}: {error}", path.display())))?;
    Ok(path)
}
