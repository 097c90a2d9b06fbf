//! The commands that know the hosts of this repository, where this was built without them: it is built anew with them, and
//! called again.

use std::ffi::OsString;
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::repository;

/// Whatever stands behind the name of such a command.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _arguments: Vec<OsString>,
}

/// Calls the same command again, with the hosts.
pub fn run(_: &Arguments) -> Result<(), Failure> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    // Not from another folder, which paths among the arguments may be relative to.
    cargo.args(["run", "--quiet", "--manifest-path"]).arg(repository::root().join("Cargo.toml"));
    cargo.args(["--package", "xtask", "--features", "hosts", "--"]).args(std::env::args_os().skip(1));
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Failure::Checked),
        Err(error) => Err(Failure::Message(format!("cannot run cargo: {error}"))),
    }
}
