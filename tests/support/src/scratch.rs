//! A folder that is gone when the test ends.

use std::fs;
use std::path::{Path, PathBuf};

/// A temporary folder, removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
}

/// A new empty folder.
///
/// # Panics
/// Fails the test if the folder cannot be made.
pub fn scratch() -> Scratch {
    match tempfile::Builder::new().prefix("cloudabi-test-").tempdir() {
        Ok(folder) => Scratch { folder },
        Err(error) => panic!("cannot make a temporary folder: {error}"),
    }
}

impl Scratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it, and gives its path.
    ///
    /// # Panics
    /// Fails the test if the file cannot be written.
    pub fn write(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = made.and_then(|()| fs::write(&path, contents)) {
            panic!("cannot write {}: {error}", path.display());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_gone_afterwards() {
        let folder = scratch();
        let file = folder.write("a/b.txt", "text");
        assert_eq!(fs::read_to_string(&file).expect("written"), "text");
        drop(folder);
        assert!(!file.exists());
    }
}
