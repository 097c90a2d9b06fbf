//! `cargo xtask kernels`: hostile programs against the sandbox on kernels of Debian's, in an emulated machine.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `packages.rs` | which kernels, and how Debian's packages of them are had |
//! | `archive.rs` | archives as kernels take them for their first files |
//! | `machine.rs` | what is in the machine, starting it, and reading what it says |
//!
//! The machine is emulated instruction by instruction, so that this takes minutes: it is a step of its own.

mod archive;
mod machine;
mod packages;

use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::debian::{self, Tool, succeed};
use crate::guests::{self, Profile};
use crate::repository;

/// What it takes beside a compiler.
const TOOLS: [Tool; 5] = [
    ("/usr/bin/qemu-system-x86_64", "qemu-system-x86"),
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/dpkg-deb", "dpkg"),
    ("/usr/bin/tar", "tar"),
    ("/usr/bin/ldd", "libc-bin"),
];

/// Options of `cargo xtask kernels`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this kernel: `oldest` is Debian 12's, `newest` the one that is offered for the stable release
    #[arg(value_name = "KERNEL")]
    only: Option<String>,
    /// Only attacks whose names contain this
    #[arg(long, value_name = "PART")]
    part: Option<String>,
}

/// Runs the hostile programs on each kernel, and prints how that went.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    debian::require(&TOOLS)?;
    let kernels = packages::KERNELS.iter();
    let kernels: Vec<_> =
        kernels.filter(|kernel| arguments.only.as_deref().is_none_or(|only| only == kernel.name)).collect();
    if kernels.is_empty() {
        return Err(Failure::Message("there are the kernels `oldest` and `newest`".to_owned()));
    }
    let folder = std::path::absolute(repository::target().join("kernels")).map_err(failure)?;
    let programs = machine::Programs {
        runner: build_runner(&folder)?,
        judge: this_program(&folder)?,
        hostile: guests::build(Profile::Debug)?.join("hostile"),
    };
    let mut bad = Vec::new();
    for kernel in kernels {
        let files = packages::fetch(kernel, &folder.join(kernel.name))?;
        println!("{}: {} starts", kernel.name, files.version);
        let log = folder.join(kernel.name).join("said.txt");
        let said = machine::run(&files, &programs, arguments.part.as_deref(), &log)?;
        for line in &said.remarkable {
            println!("{}: {line}", kernel.name);
        }
        println!("{}: all that it said is in {}", kernel.name, log.display());
        if !said.is_well {
            bad.push(kernel.name);
        }
    }
    match bad[..] {
        [] => Ok(()),
        _ => Err(Failure::Message(format!("something is wrong on these kernels: {}", bad.join(", ")))),
    }
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

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}
