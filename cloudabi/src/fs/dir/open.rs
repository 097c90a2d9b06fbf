//! Opening what is in a directory.

use super::Dir;
use crate::fs::{File, OpenOptions, ReadDir};
use crate::io;
use crate::os::AsFd as _;

impl Dir {
    /// Opens a file to read it.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io::{self, Read as _}};
    /// fn first_byte(dir: &Dir) -> io::Result<u8> {
    ///     let mut byte = [0];
    ///     dir.open("motd")?.read_exact(&mut byte)?;
    ///     Ok(byte[0])
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`OpenOptions::open`].
    pub fn open(&self, path: impl AsRef<[u8]>) -> io::Result<File> {
        self.open_with(path, &OpenOptions::new().read(true))
    }

    /// Opens a file to write it, and makes it if it does not exist. It is empty then.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io::{self, Write as _}};
    /// fn write(dir: &Dir) -> io::Result<()> {
    ///     writeln!(dir.create("motd")?, "hello")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`OpenOptions::open`].
    pub fn create(&self, path: impl AsRef<[u8]>) -> io::Result<File> {
        self.open_with(path, &OpenOptions::new().write(true).create(true).truncate(true))
    }

    /// Opens a file in another way.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File, OpenOptions}, io};
    /// fn log(dir: &Dir) -> io::Result<File> {
    ///     dir.open_with("log", &OpenOptions::new().append(true).create(true))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`OpenOptions::open`].
    pub fn open_with(&self, path: impl AsRef<[u8]>, options: &OpenOptions) -> io::Result<File> {
        options.open(self, path)
    }

    /// Opens a directory.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn shared(dir: &Dir) -> io::Result<Dir> {
    ///     dir.open_dir("usr/share")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`OpenOptions::open`].
    pub fn open_dir(&self, path: impl AsRef<[u8]>) -> io::Result<Dir> {
        OpenOptions::new().read(true).open_dir(self, path)
    }

    /// What is in the directory.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Dir, File}, io::{self, Write as _}};
    /// fn list(dir: &Dir, output: &mut File) -> io::Result<()> {
    ///     for entry in dir.entries() {
    ///         let entry = entry?;
    ///         writeln!(output, "{}", entry.name_lossy())?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn entries(&self) -> ReadDir<'_> {
        ReadDir::new(self.as_fd())
    }
}
