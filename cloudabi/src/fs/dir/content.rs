//! Whole files at once.

use alloc::string::String;
use alloc::vec::Vec;

use super::Dir;
use crate::io::{self, Read as _, Write as _};

impl Dir {
    /// Reads a file as a whole.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn size(dir: &Dir) -> io::Result<usize> {
    ///     Ok(dir.read("motd")?.len())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::open`], and those of reading.
    pub fn read(&self, path: impl AsRef<[u8]>) -> io::Result<Vec<u8>> {
        let mut file = self.open(path)?;
        let mut bytes = Vec::new();
        // It may not tell, and it may change: this only saves making room again and again.
        if let Ok(metadata) = file.metadata() {
            let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
            bytes.try_reserve_exact(length.saturating_add(1)).map_err(|_| io::ErrorKind::OutOfMemory)?;
        }
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a file as a whole, which has to be UTF-8.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn lines(dir: &Dir) -> io::Result<usize> {
    ///     Ok(dir.read_to_string("motd")?.lines().count())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::read`], and [`InvalidData`](io::ErrorKind::InvalidData) if it is not UTF-8.
    pub fn read_to_string(&self, path: impl AsRef<[u8]>) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|_| io::read::not_utf8())
    }

    /// Makes a file of these bytes, in place of what was in it.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn note(dir: &Dir) -> io::Result<()> {
    ///     dir.write("note", "text\n")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::create`], and those of writing.
    pub fn write(&self, path: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.create(path)?.write_all(bytes.as_ref())
    }
}
