//! Files.

mod attributes;
mod positioned;
mod transfer;

use crate::io;
use crate::os::OwnedFd;

/// An open file: a regular one, a device, or what the host has that can be read or written.
///
/// ```no_run
/// use cloudabi::fs::File;
/// use cloudabi::io::{self, Write as _};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Args {
///     output: File,
/// }
///
/// fn greet(mut args: Args) -> io::Result<()> {
///     writeln!(args.output, "hello")
/// }
/// ```
#[derive(Debug)]
pub struct File {
    fd: OwnedFd,
}

impl File {
    /// A second descriptor for the same open file. Both share the position and the flags.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, BufReader, BufWriter}};
    /// fn both_ways(file: File) -> io::Result<(BufReader<File>, BufWriter<File>)> {
    ///     Ok((BufReader::new(file.try_clone()?), BufWriter::new(file)))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn try_clone(&self) -> io::Result<File> {
        self.fd.try_clone().map(File::from)
    }
}

crate::args::descriptor_types! {
    File: "a file", REGULAR_FILE BLOCK_DEVICE CHARACTER_DEVICE SOCKET_STREAM SOCKET_DGRAM UNKNOWN;
}
