//! Starting programs.

use serde::Serialize;

use super::exec::exec_encoded;
use super::{Child, ExitCode, Fork, exit, fork};
use crate::args;
use crate::io::{self, Read as _, Write as _};
use crate::net::Stream;
use crate::os::AsFd;

/// Starts a program in a new process, and gives it these arguments. It finds exactly the descriptors that the arguments
/// name. They stay open here.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::net::Stream;
/// use cloudabi::process::{Child, Executable, spawn};
///
/// #[derive(serde::Serialize)]
/// struct Args<'a> {
///     input: &'a Stream,
/// }
///
/// fn start(program: &Executable, input: &Stream) -> io::Result<Child> {
///     spawn(program, &Args { input })
/// }
/// ```
///
/// # Errors
///
/// If there cannot be another process, or the program cannot be run in it.
pub fn spawn<T: Serialize + ?Sized>(program: impl AsFd, arguments: &T) -> io::Result<Child> {
    let arguments = args::encode(arguments).map_err(io::Error::other)?;
    // What goes wrong in the new process comes back over this. The new program does not find it, so that it is closed.
    let (mut here, mut there) = Stream::pair()?;
    match fork()? {
        Fork::Child => {
            let error = exec_encoded(program.as_fd(), &arguments);
            let number = error.errno().unwrap_or_default().0;
            let _ = there.write_all(&number.to_ne_bytes());
            exit(ExitCode::FAILURE)
        }
        Fork::Parent(child) => {
            drop(there);
            let mut number = [0; 2];
            match here.read_exact(&mut number) {
                Ok(()) => Err(cloudabi_sys::Errno(u16::from_ne_bytes(number)).into()),
                Err(_) => Ok(child),
            }
        }
    }
}
