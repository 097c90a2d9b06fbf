//! `cargo xtask deb`

#[cfg(test)]
mod completions;
mod files;
mod manual;
mod root;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::debian::{self, in_repository, succeed};
use crate::{build, repository};

/// What to make.
#[derive(clap::Args)]
pub struct Arguments {
    /// Put the package there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make only the manual page, the completions and the other files, in this folder, and no package
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "test"])]
    files: Option<PathBuf>,
    /// Install the package in a fresh Debian, run the commands there that its README shows, and remove it (as root)
    #[arg(long)]
    test: bool,
}

/// What building a package takes.
const TOOLS: [debian::Tool; 3] =
    [("/usr/bin/dpkg-deb", "dpkg"), ("/usr/bin/gzip", "gzip"), ("/usr/bin/strip", "binutils")];

/// Builds a Debian package of `cloudabi-run`.
///
/// Nothing in it depends on when or by whom it is built; `SOURCE_DATE_EPOCH` can say of when it is, in seconds, instead of the
/// last commit.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if let Some(folder) = &arguments.files {
        files::write(folder, date()?)?;
        println!("made {}", folder.display());
        return Ok(());
    }
    debian::require(&TOOLS)?;
    let out = arguments.out.clone().unwrap_or_else(repository::target);
    let package = out.join(format!("cloudabi-run_{version}_{}.deb", architecture()?));
    deb(&package, version)?;
    println!("built {}", package.display());
    if arguments.test {
        root::test(&package)?;
    }
    Ok(())
}

/// Debian's name for this machine.
fn architecture() -> Result<&'static str, Failure> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => Err(Failure::Message(format!("nobody has said what Debian calls {other}"))),
    }
}

/// Of when the package is, in seconds since 1970.
fn date() -> Result<u64, Failure> {
    let wrong = || Failure::Message("SOURCE_DATE_EPOCH is not a number of seconds".to_string());
    if let Some(date) = std::env::var_os("SOURCE_DATE_EPOCH") {
        return date.to_str().and_then(|date| date.parse().ok()).ok_or_else(wrong);
    }
    let mut git = Command::new("git");
    let output = in_repository(git.args(["log", "-1", "--format=%ct"])).output();
    let date = output.ok().and_then(|output| String::from_utf8(output.stdout).ok()?.trim().parse().ok());
    date.ok_or_else(|| Failure::Message("nobody knows of when this is: set SOURCE_DATE_EPOCH".to_string()))
}

fn deb(package: &Path, version: &str) -> Result<(), Failure> {
    let date = date()?;
    let folder = tempfile::tempdir().map_err(io("make a folder"))?;
    let tree = folder.path().join("tree");
    files::write(&tree, date)?;
    let program = build::static_program()?;
    let installed = tree.join("usr/bin/cloudabi-run");
    fs::create_dir_all(tree.join("usr/bin")).map_err(io("make a folder"))?;
    succeed(
        Command::new("strip").arg("-o").arg(&installed).arg(&program),
        "taking debugging information out",
    )?;
    files::control(&tree, version, architecture()?)?;
    files::settle(&tree, date)?;
    if let Some(folder) = package.parent() {
        fs::create_dir_all(folder).map_err(io("make a folder"))?;
    }
    // Beside it first: nobody is to find half a package.
    let made = package.with_extension("deb.new");
    let mut dpkg = Command::new("dpkg-deb");
    dpkg.args(["--root-owner-group", "--uniform-compression", "-Zxz", "--build"]).arg(&tree).arg(&made);
    dpkg.env("SOURCE_DATE_EPOCH", date.to_string()).stdout(std::process::Stdio::null());
    succeed(&mut dpkg, "dpkg-deb")?;
    fs::rename(&made, package).map_err(io("put the package in its place"))
}

/// `map_err` for what the file system refuses.
fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Failure {
    move |error| Failure::Message(format!("cannot {doing}: {error}"))
}
