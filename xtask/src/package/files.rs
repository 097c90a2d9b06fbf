//! The files of the package, besides the command itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use clap::CommandFactory;
use clap_complete::Shell;
use cloudabi_codegen::command::Failure;
use cloudabi_run::binfmt;
use cloudabi_run::cli::Arguments;

use super::{io, manual};
use crate::debian::succeed;
use crate::repository;

/// Where the package has the command.
const COMMAND: &str = "/usr/bin/cloudabi-run";

/// Where each shell looks for completions.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "usr/share/bash-completion/completions/cloudabi-run"),
    (Shell::Zsh, "usr/share/zsh/vendor-completions/_cloudabi-run"),
    (Shell::Fish, "usr/share/fish/vendor_completions.d/cloudabi-run.fish"),
];

/// Files of the repository's that are in the package, and where.
const COPIES: [(&str, &str); 5] = [
    ("cloudabi-run/README.md", "usr/share/doc/cloudabi-run/README.md"),
    ("SECURITY.md", "usr/share/doc/cloudabi-run/SECURITY.md"),
    ("CHANGELOG.md", "usr/share/doc/cloudabi-run/changelog"),
    (
        "packaging/systemd/cloudabi-web-server.socket",
        "usr/share/doc/cloudabi-run/examples/cloudabi-web-server.socket",
    ),
    (
        "packaging/systemd/cloudabi-web-server.service",
        "usr/share/doc/cloudabi-run/examples/cloudabi-web-server.service",
    ),
];

/// Writes all of them to a folder, which stands for the root.
pub fn write(tree: &Path, date: u64) -> Result<(), Failure> {
    let page = manual::page(date);
    put(tree, "usr/share/man/man1/cloudabi-run.1", &page)?;
    for (shell, path) in COMPLETIONS {
        put(tree, path, &completions(shell))?;
    }
    let rule = binfmt::rule(Path::new(COMMAND)).map_err(Failure::Message)?;
    let rule = format!("# Programs for CloudABI are started by cloudabi-run: binfmt.d(5).\n{rule}\n");
    put(tree, "usr/lib/binfmt.d/cloudabi.conf", rule.as_bytes())?;
    for (from, to) in COPIES {
        let content = fs::read(repository::root().join(from)).map_err(io("read a file of the repository"))?;
        put(tree, to, &content)?;
    }
    put(tree, "usr/share/doc/cloudabi-run/copyright", copyright()?.as_bytes())?;
    for path in ["usr/share/man/man1/cloudabi-run.1", "usr/share/doc/cloudabi-run/changelog"] {
        // Without a name and a time in it.
        succeed(Command::new("gzip").args(["-9", "--no-name", "--force"]).arg(tree.join(path)), "gzip")?;
    }
    Ok(())
}

/// The script by which a shell completes the command's options and what follows them.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cloudabi-run", &mut script);
    script
}

fn put(tree: &Path, path: &str, content: &[u8]) -> Result<(), Failure> {
    let path = tree.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io("make a folder"))?;
    }
    fs::write(path, content).map_err(io("write a file"))
}

/// The licence, in Debian's form.
fn copyright() -> Result<String, Failure> {
    let text = fs::read_to_string(repository::root().join("LICENSE")).map_err(io("read the licence"))?;
    let holder = text.lines().find_map(|line| line.strip_prefix("Copyright (c) "));
    let holder =
        holder.ok_or_else(|| Failure::Message("the licence does not say whose it is".to_string()))?;
    let body: String = text
        .lines()
        .skip_while(|line| !line.starts_with("Redistribution"))
        .map(|line| if line.is_empty() { " .\n".to_string() } else { format!(" {line}\n") })
        .collect();
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: {holder}\n\
         License: BSD-2-Clause\n{body}"
    ))
}

/// Writes what dpkg wants to know.
pub fn control(tree: &Path, version: &str, architecture: &str) -> Result<(), Failure> {
    let mut sums = Vec::new();
    let mut size = 0;
    for path in all(tree)? {
        if !path.is_file() {
            continue;
        }
        size += path.metadata().map_err(io("look at a file"))?.len().div_ceil(1024);
        sums.push(path.strip_prefix(tree).unwrap_or(&path).to_owned());
    }
    let output = Command::new("md5sum").args(&sums).current_dir(tree).output().map_err(io("run md5sum"))?;
    put(tree, "DEBIAN/md5sums", &output.stdout)?;
    let text = format!(
        "Package: cloudabi-run\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: CloudABI maintainers \
         <root@localhost>\nInstalled-Size: {size}\nSection: utils\nPriority: optional\nDescription: starts CloudABI programs, \
         sandboxed\n CloudABI programs reach only what they hold a descriptor for. This command opens\n what a configuration \
         or its options grant, locks itself in, and runs the\n program: with namespaces, Landlock and a list of allowed \
         system calls.\n"
    );
    put(tree, "DEBIAN/control", text.as_bytes())?;
    for script in ["postinst", "prerm"] {
        let content = fs::read(repository::root().join("packaging/debian").join(script));
        put(tree, &format!("DEBIAN/{script}"), &content.map_err(io("read a script"))?)?;
    }
    Ok(())
}

/// Gives everything the permissions and the time that it has in the package.
pub fn settle(tree: &Path, date: u64) -> Result<(), Failure> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(date);
    // What is in a folder first: changing that changes the folder.
    for path in all(tree)?.into_iter().rev() {
        let runs = path.is_dir()
            || path.ends_with(&COMMAND[1..])
            || ["DEBIAN/postinst", "DEBIAN/prerm"].iter().any(|script| path.ends_with(script));
        let mode = if runs { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(io("set permissions"))?;
        let file = fs::File::open(&path).map_err(io("open a file"))?;
        file.set_modified(time).map_err(io("set a time"))?;
    }
    Ok(())
}

/// A folder and all that is in it, in the order of the names.
pub fn all(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(path) = found.get(at) {
        if path.is_dir() && !path.is_symlink() {
            let entries = fs::read_dir(path).map_err(io("read a folder"))?;
            let entries: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
            found.extend(entries.map_err(io("read a folder"))?);
        }
        at += 1;
    }
    found.sort();
    Ok(found)
}
