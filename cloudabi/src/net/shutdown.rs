//! Ends of conversations.

use cloudabi_sys::Sdflags;

use crate::io;
use crate::os::BorrowedFd;

/// What to end.
///
/// ```no_run
/// # use cloudabi::{io, net::{Shutdown, Stream}};
/// fn hang_up(socket: &Stream) -> io::Result<()> {
///     socket.shutdown(Shutdown::Both)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Receiving: there is the end of the stream here from now on.
    Read,
    /// Sending: there is the end of the stream at the other end from now on.
    Write,
    /// Both.
    Both,
}

pub(super) fn shutdown(fd: BorrowedFd<'_>, how: Shutdown) -> io::Result<()> {
    let how = match how {
        Shutdown::Read => Sdflags::RD,
        Shutdown::Write => Sdflags::WR,
        Shutdown::Both => Sdflags::RD.union(Sdflags::WR),
    };
    // SAFETY: the socket is open.
    Ok(unsafe { cloudabi_sys::sock_shutdown(fd.as_raw_fd(), how) }?)
}
