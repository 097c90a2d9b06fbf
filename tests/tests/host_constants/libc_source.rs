//! Names held against the source of the `libc` crate, for systems that nothing can be compiled for here.
//!
//! What this can see: that a file which is compiled for the system declares a constant of the name. What
//! it cannot see: conditions inside those files. Files of particular system versions are left out, so that a
//! constant which only some versions have counts as missing.

use super::{constants_of_libc, definition, host};
use cloudabi_test_support::run;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files (or whole folders) of the crate's source that are compiled for FreeBSD.
const FREEBSD: &[&str] = &[
    "unix/mod.rs",
    "unix/bsd/mod.rs",
    "unix/bsd/freebsdlike/mod.rs",
    "unix/bsd/freebsdlike/freebsd/mod.rs",
    "new/freebsd",
    "new/common/bsd.rs",
    "new/common/freebsd_like.rs",
    "new/common/posix",
];

/// Files (or whole folders) of the crate's source that are compiled for macOS.
const MACOS: &[&str] = &[
    "unix/mod.rs",
    "unix/bsd/mod.rs",
    "unix/bsd/apple/mod.rs",
    "unix/bsd/apple/b64/mod.rs",
    "new/apple",
    "new/common/bsd.rs",
    "new/common/posix",
];

#[test]
fn libc_has_every_constant_of_freebsd() {
    check("freebsd", FREEBSD);
}

#[test]
fn libc_has_every_constant_of_macos() {
    check("macos", MACOS);
}

#[test]
fn a_constant_that_libc_lacks_is_reported() {
    let declared = declared(&source("libc"), MACOS);
    let missing = missing(&BTreeSet::from(["EACCES", "ENOTHING", "CLOCK_REALTIME"]), &declared);
    assert_eq!(missing, ["ENOTHING"]);
    let elsewhere = missing_in("libc", MACOS, "POSIX_FADV_NORMAL");
    assert!(elsewhere, "macOS has no posix_fadvise, and another system's constant must not count");
}

fn check(name: &str, files: &[&str]) {
    let model = definition();
    let wanted = constants_of_libc(host(&model, name));
    assert!(wanted.len() > 100, "{name}: the tables name {} constants only", wanted.len());
    let missing = missing(&wanted, &declared(&source("libc"), files));
    assert!(missing.is_empty(), "abi/hosts/{name}.yaml names what the libc crate lacks there: {missing:?}");
}

fn missing<'a>(wanted: &BTreeSet<&'a str>, declared: &HashSet<String>) -> Vec<&'a str> {
    wanted.iter().copied().filter(|name| !declared.contains(*name)).collect()
}

fn missing_in(package: &str, files: &[&str], constant: &str) -> bool {
    !declared(&source(package), files).contains(constant)
}

/// The folder with the source of a package, in the version that the workspace is built with.
pub fn source(package: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version=1", "--offline", "--manifest-path"]).arg(manifest);
    command.args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
    let metadata: Value = serde_json::from_str(&run(&mut command).stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    // Other packages may bring another version of their own; the workspace's is what the glue crates name.
    let resolved = metadata["resolve"]["nodes"].as_array().expect("nodes").iter();
    let in_workspace: HashSet<&str> = resolved
        .filter(|node| metadata["workspace_members"].as_array().is_some_and(|all| all.contains(&node["id"])))
        .flat_map(|node| node["deps"].as_array().into_iter().flatten())
        .filter_map(|dependency| dependency["pkg"].as_str())
        .collect();
    let named = || packages.iter().filter(|candidate| candidate["name"] == package);
    let direct =
        named().find(|candidate| candidate["id"].as_str().is_some_and(|id| in_workspace.contains(id)));
    let found = direct.or_else(|| named().next());
    let found = found.unwrap_or_else(|| panic!("the workspace does not depend on {package}"));
    let manifest = found["manifest_path"].as_str().expect("a path");
    Path::new(manifest).parent().expect("a folder").join("src")
}

/// Names that `pub const NAME: …` declares in these files and in all files of these folders.
pub fn declared(source: &Path, files: &[&str]) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut left: Vec<PathBuf> = files.iter().map(|file| source.join(file)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries =
                std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            left.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error} (was the libc crate rearranged?)", path.display());
        });
        let constants = text.lines().filter_map(|line| line.trim_start().strip_prefix("pub const "));
        names.extend(constants.filter_map(|rest| rest.split_once(':')).map(|(name, _)| name.to_string()));
    }
    names
}
