//! `cargo xtask targets`

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cloudabi_codegen::command::Failure;

use crate::debian::{self, in_repository, succeed};
use crate::{aarch64, freebsd, repository};

/// Builds the host for FreeBSD. Then it builds the examples for the targets that are CloudABI's own, as somebody with a nightly compiler would, and runs some:
/// those for x86-64 here, those for aarch64 on an emulated processor.
pub fn run() -> Result<(), Failure> {
    debian::require(&debian::COMPILER)?;
    let folder = std::path::absolute(repository::target().join("targets"));
    let folder = folder.map_err(|error| Failure::Message(error.to_string()))?;
    freebsd::build(&folder)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--quiet", "--package", "cargo-cloudabi", "--package", "cloudabi-run"]);
    succeed(in_repository(&mut cargo), "building the commands")?;
    let commands = std::path::absolute(repository::target().join("debug"));
    let commands = commands.map_err(|error| Failure::Message(error.to_string()))?;

    let machines = [("x86_64", Some(commands.join("cloudabi-run"))), ("aarch64", None)];
    for (machine, runner) in machines {
        let target = format!("{machine}-unknown-cloudabi");
        build(&commands.join("cargo-cloudabi"), &target, &folder)?;
        let runner = runner.map_or_else(aarch64::runner, Ok)?;
        for example in ["hello", "cat", "du", "pipeline"] {
            let output = output_of(&runner, example, &folder.join(&target).join("debug").join(example))?;
            println!("{target}: {example} ran, and wrote {} bytes", output.len());
        }
    }
    Ok(())
}

/// Builds all examples for a target.
fn build(tool: &Path, target: &str, folder: &Path) -> Result<(), Failure> {
    let mut command = Command::new(tool);
    debian::use_toolchain(&mut command, folder);
    // The linker that comes with the compiler elsewhere does not come with Debian's.
    let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
    command.env(linker, "ld.lld");
    command.args(["build", "--quiet", "--workspace", "--target", target, "--target-dir"]).arg(folder);
    command.args(["--manifest-path", "examples/Cargo.toml"]);
    succeed(in_repository(&mut command), &format!("building the examples for {target}"))
}

/// Runs an example with its own configuration. Gives what it wrote, which must be something.
fn output_of(runner: &Path, name: &str, program: &Path) -> Result<Vec<u8>, Failure> {
    let package: PathBuf = repository::root().join("examples").join(name);
    let mut command = Command::new(runner);
    command.arg("--config").arg(format!("{name}.yaml")).arg(program).current_dir(package);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output =
        output.map_err(|error| Failure::Message(format!("cannot run {}: {error}", runner.display())))?;
    if !output.status.success() || output.stdout.is_empty() {
        return Err(Failure::Message(format!("{} does not run: {}", program.display(), output.status)));
    }
    Ok(output.stdout)
}
