//! Directories.

mod attributes;
mod content;
mod links;
mod names;
mod open;

use crate::io;
use crate::os::OwnedFd;

/// A directory, and with it everything beneath it, as far as its rights allow.
///
/// ```no_run
/// use cloudabi::fs::Dir;
/// use cloudabi::io;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Args {
///     data: Dir,
/// }
///
/// fn greet(args: &Args) -> io::Result<()> {
///     args.data.create_dir("greetings")?;
///     args.data.write("greetings/hello", "hello\n")
/// }
/// ```
#[derive(Debug)]
pub struct Dir {
    fd: OwnedFd,
}

impl Dir {
    /// A second descriptor for the directory, with the same rights.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io, thread};
    /// fn search_elsewhere(dir: &Dir) -> io::Result<thread::JoinHandle<usize>> {
    ///     let dir = dir.try_clone()?;
    ///     thread::spawn(move || dir.entries().count())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn try_clone(&self) -> io::Result<Dir> {
        self.fd.try_clone().map(Dir::from)
    }
}

crate::args::descriptor_types! {
    Dir: "a directory", DIRECTORY;
}
