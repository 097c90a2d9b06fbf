//! Where things are in this repository.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static ROOT: OnceLock<PathBuf> = OnceLock::new();

/// Makes all commands work on the repository in this folder. Only the first call has an effect.
pub fn set_root(folder: PathBuf) {
    // A second root would only be given by a mistake in main().
    let _ = ROOT.set(folder);
}

/// The repository's root folder, relative to the current one if we are in it, so that messages are short.
pub fn root() -> PathBuf {
    let built_from =
        || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf();
    let root = ROOT.get().cloned().unwrap_or_else(built_from);
    match (std::env::current_dir(), root.canonicalize()) {
        (Ok(here), Ok(absolute)) if here == absolute => PathBuf::new(),
        _ => root,
    }
}

/// The folder of the definition.
pub fn definition() -> PathBuf {
    root().join("abi")
}

/// The record of what has been published.
pub fn lock_file() -> PathBuf {
    definition().join("abi.lock")
}

/// Where Cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
