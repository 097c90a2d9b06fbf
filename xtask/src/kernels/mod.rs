//! `cargo xtask kernels`: the conformance kit and hostile programs on kernels of Debian's, in emulated machines.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `processor.rs` | the processors |
//! | `packages.rs` | which kernels, and how Debian's packages of them are had |
//! | `programs.rs` | what runs in a machine, and how it is built for its processor |
//! | `archive.rs` | archives as kernels take them for their first files |
//! | `machine.rs` | what is in the machine, starting it, and reading what it says |
//!
//! The machine is emulated instruction by instruction, so that this takes minutes: it is a step of its own.

mod archive;
mod machine;
mod packages;
mod processor;
mod programs;

use cloudabi_codegen::command::Failure;

use crate::debian::{self, Tool};
use crate::repository;
use programs::Programs;

/// What it takes beside a compiler.
const TOOLS: [Tool; 4] = [
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/dpkg-deb", "dpkg"),
    ("/usr/bin/tar", "tar"),
    ("/usr/bin/ldd", "libc-bin"),
];

/// Options of `cargo xtask kernels`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this kernel: `oldest` is Debian 12's, `newest` the one that is offered for the stable release, and
    /// `oldest-aarch64` and `newest-aarch64` are the same for the other processor
    #[arg(value_name = "KERNEL")]
    only: Option<String>,
    /// Only attacks whose names contain this, without the conformance kit
    #[arg(long, value_name = "PART")]
    part: Option<String>,
}

/// Runs the conformance kit and the hostile programs on each kernel, and prints how that went.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    debian::require(&TOOLS)?;
    let names = packages::KERNELS.each_ref().map(|kernel| kernel.name);
    let kernels = packages::KERNELS.iter();
    let kernels: Vec<_> =
        kernels.filter(|kernel| arguments.only.as_deref().is_none_or(|only| only == kernel.name)).collect();
    if kernels.is_empty() {
        return Err(Failure::Message(format!("there are the kernels {}", names.join(", "))));
    }
    let folder = std::path::absolute(repository::target().join("kernels")).map_err(failure)?;
    let mut bad = Vec::new();
    for kernel in kernels {
        debian::require(&[kernel.processor.emulator()])?;
        let programs = Programs::build(kernel.processor, &folder.join(kernel.processor.debian()))?;
        let files = packages::fetch(kernel, &folder.join(kernel.name))?;
        println!("{}: {} starts", kernel.name, files.version);
        let log = folder.join(kernel.name).join("said.txt");
        let said = machine::run(kernel.processor, &files, &programs, arguments.part.as_deref(), &log)?;
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

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}
