//! Replacing the program.

use alloc::vec::Vec;

use serde::Serialize;

use crate::args::{self, Encoded};
use crate::io;
use crate::os::{AsFd, BorrowedFd, OwnedFd, RawFd};

/// A program's file. The descriptor has to carry the right to run it.
///
/// ```no_run
/// use cloudabi::fs::{Dir, OpenOptions};
/// use cloudabi::io;
/// use cloudabi::process::Executable;
///
/// fn tool(dir: &Dir) -> io::Result<Executable> {
///     Ok(Executable::from(OpenOptions::new().read(true).open(dir, "bin/tool")?))
/// }
/// ```
#[derive(Debug)]
pub struct Executable {
    fd: OwnedFd,
}

impl From<crate::fs::File> for Executable {
    fn from(file: crate::fs::File) -> Self {
        Executable { fd: file.into() }
    }
}

crate::args::descriptor_types! {
    Executable: "a program", REGULAR_FILE;
}

/// Replaces the program that this process runs, and gives the new one these arguments. It finds exactly the descriptors
/// that the arguments name. Returns only if that fails; everything is as before then.
///
/// ```no_run
/// use cloudabi::fs::File;
/// use cloudabi::process::{Executable, exec};
///
/// #[derive(serde::Serialize)]
/// struct Args {
///     output: File,
///     verbose: bool,
/// }
///
/// fn replace(program: &Executable, output: File) -> cloudabi::io::Error {
///     exec(program, &Args { output, verbose: true })
/// }
/// ```
pub fn exec<T: Serialize + ?Sized>(program: impl AsFd, arguments: &T) -> io::Error {
    match args::encode(arguments) {
        Ok(encoded) => exec_encoded(program.as_fd(), &encoded),
        Err(error) => io::Error::new(io::ErrorKind::InvalidInput, alloc::string::ToString::to_string(&error)),
    }
}

pub(super) fn exec_encoded(program: BorrowedFd<'_>, arguments: &Encoded) -> io::Error {
    let fds: Vec<RawFd> = arguments.fds.iter().map(OwnedFd::as_raw_fd).collect();
    // SAFETY: the descriptors are open. On success nothing of this program is left.
    match unsafe { cloudabi_sys::proc_exec(program.as_raw_fd(), &arguments.data, &fds) } {
        Err(error) => error.into(),
        Ok(()) => io::Error::constant(io::ErrorKind::Other, "the host says that the program was replaced"),
    }
}
