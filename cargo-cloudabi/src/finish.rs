//! From what Cargo linked to programs that hosts run: checked and branded.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::compile::Built;
use crate::elf::{self, Facts, Mistake};

/// A program that hosts run.
#[derive(Clone, Debug)]
pub struct Program {
    /// What Cargo linked.
    pub built: Built,
    /// Where the finished program is.
    pub path: PathBuf,
    /// What is known of it.
    pub facts: Facts,
    /// Whether it is another one than before.
    pub changed: bool,
}

/// An executable that no host would run as it should.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What Cargo linked.
    pub built: Built,
    /// What is wrong with it.
    pub mistakes: Vec<Mistake>,
}

/// Checks an executable, and writes the finished program to where `place` says.
///
/// The outer error is about files, the inner one about the program.
///
/// # Errors
///
/// If the executable cannot be read, or the program cannot be written.
pub fn finish(
    built: Built,
    place: impl FnOnce(&Built) -> PathBuf,
) -> Result<Result<Program, Refused>, Error> {
    let read = std::fs::read(&built.path);
    let bytes = read.map_err(|error| Error::File { action: "read", path: built.path.clone(), error })?;
    let facts = match elf::check_linked(&bytes) {
        Ok(facts) => facts,
        Err(mistakes) => return Ok(Err(Refused { built, mistakes })),
    };
    let path = place(&built);
    let changed = elf::write_branded(&path, bytes).map_err(|error| Error::File {
        action: "write",
        path: path.clone(),
        error,
    })?;
    Ok(Ok(Program { built, path, facts, changed }))
}

/// Where a program goes that Cargo built for a target: to the same place as if the target were called
/// `x86_64-unknown-cloudabi`.
pub fn beside(path: &Path, triple: &str) -> PathBuf {
    let machine = triple.split('-').next().unwrap_or(triple);
    let mut parts: Vec<_> = path.components().map(|part| part.as_os_str().to_owned()).collect();
    let Some(part) = parts.iter_mut().rev().find(|part| **part == *triple) else { return path.to_path_buf() };
    *part = format!("{machine}-unknown-cloudabi").into();
    parts.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_a_folder_of_their_own() {
        let place = |path, triple| beside(Path::new(path), triple).to_string_lossy().into_owned();
        let linked = "/p/target/x86_64-unknown-linux-gnu/debug/hello";
        assert_eq!(
            place(linked, "x86_64-unknown-linux-gnu"),
            "/p/target/x86_64-unknown-cloudabi/debug/hello"
        );
        let custom = "target/aarch64-unknown-cloudabi/release/deps/hello-12";
        assert_eq!(place(custom, "aarch64-unknown-cloudabi"), custom);
    }
}
