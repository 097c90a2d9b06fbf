//! Where things are in this repository.

use std::path::{Path, PathBuf};

/// The repository's root folder, relative to the current one if we are in it, so that messages are short.
pub fn root() -> PathBuf {
    let absolute = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match std::env::current_dir() {
        Ok(here) if here == absolute => PathBuf::new(),
        _ => absolute.to_path_buf(),
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
