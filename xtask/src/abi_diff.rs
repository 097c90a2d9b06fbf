//! `cargo xtask abi-diff`

use std::path::Path;
use std::process::Command;

use cloudabi_codegen::command::{Failure, compare_locks, load_lock, print_changes, write_file};
use cloudabi_codegen::lock::Lock;

use crate::repository;

/// Compares the definition with what `with` names: a lock file, a definition's folder, or a revision.
pub fn run(with: &str, json: bool, abi: Option<&Path>) -> Result<(), Failure> {
    let path = if with == "abi/abi.lock" { repository::lock_file() } else { with.into() };
    let old = if path.exists() { load_lock(&path)? } else { lock_of_revision(with)? };
    let new = load_lock(abi.unwrap_or(&repository::definition()))?;
    let compared = compare_locks(&old, &new);
    print_changes(&compared, json)?;
    if compared.is_breaking() { Err(Failure::Checked) } else { Ok(()) }
}

/// Lays out `abi/` as it was at a revision in a temporary folder, and makes its lock.
fn lock_of_revision(revision: &str) -> Result<(Lock, bool), Failure> {
    if revision.starts_with('-') {
        return Err(Failure::Message(format!("`{revision}` is no revision")));
    }
    // Quiet about revisions that do not exist, but not about what else there may be.
    let commit =
        git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]).map_err(|said| {
            let reason =
                format!("`{revision}` is neither a file, a folder nor a revision of this repository\n{said}");
            Failure::Message(reason.trim_end().to_string())
        })?;
    let listing =
        git(&["ls-tree", "-r", "-z", "--name-only", commit.trim_end(), "abi/"]).map_err(Failure::Message)?;
    let folder = tempfile::tempdir().map_err(|error| Failure::File {
        action: "make a folder in",
        path: std::env::temp_dir(),
        error,
    })?;
    let mut files = 0;
    for name in listing.split('\0').filter(|name| name.ends_with(".yaml")) {
        let text = git(&["show", &format!("{revision}:{name}")]).map_err(Failure::Message)?;
        write_file(&folder.path().join(name), &text)?;
        files += 1;
    }
    if files == 0 {
        return Err(Failure::Message(format!("there is no definition in abi/ at {revision}")));
    }
    load_lock(&folder.path().join("abi")).map_err(|failure| {
        Failure::Message(format!("the definition at {revision} is not readable by this version\n{failure}"))
    })
}

/// Runs git in the repository; gives its output, or what it said.
fn git(arguments: &[&str]) -> Result<String, String> {
    let root = repository::root();
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { &root };
    let output = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim_end().to_string())
    }
}
