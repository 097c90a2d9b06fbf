//! Sockets of any kind.

use super::{Datagram, Listener, Stream};
use crate::fs::FileType;
use crate::io;
use crate::os::rights::stat;
use crate::os::{AsFd as _, OwnedFd};

/// A socket of any kind, as an argument for instance: whoever has it says what it is to be.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::net::{Listener, Socket};
///
/// #[derive(serde::Deserialize)]
/// struct Args {
///     listen: Socket,
///     workers: u32,
/// }
///
/// fn listener(args: Args) -> io::Result<Listener> {
///     args.listen.into_listener()
/// }
/// ```
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
}

impl Socket {
    fn file_type(&self) -> io::Result<FileType> {
        Ok(stat(self.as_fd())?.fs_filetype.into())
    }

    /// Whether it carries messages one by one.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Socket};
    /// fn kind(socket: &Socket) -> io::Result<&'static str> {
    ///     Ok(if socket.is_datagram()? { "messages" } else { "a stream" })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// None, for an open socket.
    pub fn is_datagram(&self) -> io::Result<bool> {
        Ok(self.file_type()?.to_raw() == cloudabi_sys::Filetype::SOCKET_DGRAM)
    }

    fn stream_fd(self) -> io::Result<OwnedFd> {
        if self.is_datagram()? {
            return Err(io::Error::constant(io::ErrorKind::InvalidInput, "it is a datagram socket"));
        }
        Ok(self.fd)
    }

    /// Takes it for one that is connected and carries a stream of bytes.
    ///
    /// ```no_run
    /// # use cloudabi::{io::{self, Write as _}, net::Socket};
    /// fn greet(socket: Socket) -> io::Result<()> {
    ///     socket.into_stream()?.write_all(b"hello\n")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if it is a datagram socket.
    pub fn into_stream(self) -> io::Result<Stream> {
        self.stream_fd().map(Stream::from)
    }

    /// Takes it for one that waits for connections. Whether it does, only [`Listener::accept`] can tell.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::{Socket, Stream}};
    /// fn first(socket: Socket) -> io::Result<Stream> {
    ///     socket.into_listener()?.accept()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if it is a datagram socket.
    pub fn into_listener(self) -> io::Result<Listener> {
        self.stream_fd().map(Listener::from)
    }

    /// Takes it for one that carries messages one by one.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Socket};
    /// fn send(socket: Socket) -> io::Result<()> {
    ///     socket.into_datagram()?.send(b"hello")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if it is a stream socket.
    pub fn into_datagram(self) -> io::Result<Datagram> {
        if self.is_datagram()? {
            Ok(self.fd.into())
        } else {
            Err(io::Error::constant(io::ErrorKind::InvalidInput, "it is a stream socket"))
        }
    }
}

crate::args::descriptor_types! {
    Socket: "a socket", SOCKET_STREAM SOCKET_DGRAM;
}
