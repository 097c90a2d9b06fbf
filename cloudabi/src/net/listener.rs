//! Sockets that wait for connections.

use cloudabi_sys::{Fdflags, Riflags};

use super::Stream;
use super::message::receive;
use crate::io;
use crate::os::{AsFd as _, OwnedFd, flags};

/// A socket that waits for connections. Only the outside can make one.
///
/// ```no_run
/// use cloudabi::io::{self, Write as _};
/// use cloudabi::net::Listener;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Args {
///     listen: Listener,
/// }
///
/// fn serve(args: Args) -> io::Result<()> {
///     for connection in args.listen.incoming() {
///         connection?.write_all(b"hello\n")?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
}

impl Listener {
    /// Waits for a connection.
    ///
    /// ```no_run
    /// # use cloudabi::{io::{self, Write as _}, net::Listener};
    /// fn greet(listener: &Listener) -> io::Result<()> {
    ///     listener.accept()?.write_all(b"hello\n")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectionAborted`](io::ErrorKind::ConnectionAborted) if one was gone at once,
    /// [`TooManyDescriptors`](io::ErrorKind::TooManyDescriptors), and others.
    pub fn accept(&self) -> io::Result<Stream> {
        let received = receive(self.as_fd(), &mut [], 1, Riflags::empty())?;
        match received.fds.into_iter().next() {
            Some(fd) => Ok(fd.into()),
            None => Err(io::Error::constant(io::ErrorKind::InvalidInput, "it is not a listening socket")),
        }
    }

    /// The connections, one after the other, without an end.
    ///
    /// ```no_run
    /// # use cloudabi::{io::{self, Write as _}, net::Listener};
    /// fn serve(listener: &Listener) -> io::Result<()> {
    ///     for connection in listener.incoming() {
    ///         connection?.write_all(b"hello\n")?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// Lets [`accept`](Listener::accept) fail with [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no
    /// connection, or not. Duplicates of the descriptor share this.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::{Listener, Stream}};
    /// fn accept_if_there(listener: &Listener) -> io::Result<Option<Stream>> {
    ///     listener.set_nonblocking(true)?;
    ///     match listener.accept() {
    ///         Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
    ///         other => other.map(Some),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        flags::change(self.as_fd(), Fdflags::NONBLOCK, on)
    }

    /// A second descriptor for the same socket.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Listener, thread};
    /// fn accept_elsewhere(listener: &Listener) -> io::Result<()> {
    ///     let listener = listener.try_clone()?;
    ///     thread::spawn(move || listener.incoming().for_each(drop)).map(drop)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn try_clone(&self) -> io::Result<Listener> {
        self.fd.try_clone().map(Listener::from)
    }
}

/// The connections of a [`Listener`].
///
/// ```no_run
/// # use cloudabi::{io, net::{Listener, Stream}};
/// fn first(listener: &Listener) -> Option<io::Result<Stream>> {
///     listener.incoming().next()
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    listener: &'a Listener,
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<Stream>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.listener.accept())
    }
}

crate::args::descriptor_types! {
    Listener: "a listening socket", SOCKET_STREAM;
}
