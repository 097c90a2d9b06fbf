//! Sockets that carry messages one by one.

use cloudabi_sys::{Fdflags, Filetype, Riflags};

use super::message::{receive, send};
use super::shutdown::{Shutdown, shutdown};
use super::{Received, stream};
use crate::io::{self, IoSlice, IoSliceMut};
use crate::os::{AsFd as _, BorrowedFd, OwnedFd, flags};

/// A socket that carries messages one by one, with descriptors if need be.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::net::Datagram;
///
/// fn talk() -> io::Result<()> {
///     let (one, other) = Datagram::pair()?;
///     one.send(b"hello")?;
///     let mut message = [0; 64];
///     assert_eq!(other.receive(&mut message)?, 5);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Datagram {
    fd: OwnedFd,
}

impl Datagram {
    /// Two that are connected to each other and to nothing else.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Datagram};
    /// fn pair() -> io::Result<(Datagram, Datagram)> {
    ///     Datagram::pair()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn pair() -> io::Result<(Datagram, Datagram)> {
        stream::pair(Filetype::SOCKET_DGRAM).map(|(one, other)| (one.into(), other.into()))
    }

    /// Sends a message, as a whole.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Datagram};
    /// fn ping(socket: &Datagram) -> io::Result<()> {
    ///     socket.send(b"ping")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`MessageTooLong`](io::ErrorKind::MessageTooLong), [`BrokenPipe`](io::ErrorKind::BrokenPipe), and others.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        self.send_with_fds(&[IoSlice::new(message)], &[])
    }

    /// Sends a message with these descriptors; at most [`MOST_FDS`](super::MOST_FDS) on all hosts. They stay open here,
    /// and the receiver gets duplicates with the rights that these have.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, IoSlice}, net::Datagram, os::AsFd as _};
    /// fn hand_over(socket: &Datagram, file: &File) -> io::Result<()> {
    ///     socket.send_with_fds(&[IoSlice::new(b"a file")], &[file.as_fd()])
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Datagram::send`].
    pub fn send_with_fds(&self, pieces: &[IoSlice<'_>], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        send(self.as_fd(), pieces, fds).map(drop)
    }

    /// Receives a message. Says how many bytes of it there was room for; the rest is lost.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Datagram};
    /// fn first_byte(socket: &Datagram) -> io::Result<Option<u8>> {
    ///     let mut message = [0; 512];
    ///     let length = socket.receive(&mut message)?;
    ///     Ok(message[..length].first().copied())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset), and others.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.receive_with_fds(&mut [IoSliceMut::new(buffer)], 0)?.length)
    }

    /// Receives a message with the descriptors that come with it, so many at most.
    ///
    /// ```no_run
    /// # use cloudabi::{io::{self, IoSliceMut}, net::{Datagram, MOST_FDS, Received}};
    /// fn next(socket: &Datagram, buffer: &mut [u8]) -> io::Result<Received> {
    ///     socket.receive_with_fds(&mut [IoSliceMut::new(buffer)], MOST_FDS)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Datagram::receive`].
    pub fn receive_with_fds(&self, buffers: &mut [IoSliceMut<'_>], most_fds: usize) -> io::Result<Received> {
        receive(self.as_fd(), buffers, most_fds, Riflags::empty())
    }

    /// Receives a message, but leaves it in the socket.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Datagram};
    /// fn is_for_us(socket: &Datagram) -> io::Result<bool> {
    ///     let mut first = [0];
    ///     Ok(socket.peek(&mut first)? == 1 && first[0] == b'!')
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Datagram::receive`].
    pub fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(receive(self.as_fd(), &mut [IoSliceMut::new(buffer)], 0, Riflags::PEEK)?.length)
    }

    /// Ends receiving or sending, for all duplicates of the descriptor.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::{Datagram, Shutdown}};
    /// fn say_no_more(socket: &Datagram) -> io::Result<()> {
    ///     socket.shutdown(Shutdown::Write)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected), and others.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        shutdown(self.as_fd(), how)
    }

    /// Lets calls that would have to wait fail with [`WouldBlock`](io::ErrorKind::WouldBlock), or not. Duplicates of
    /// the descriptor share this.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Datagram};
    /// fn receive_if_there(socket: &Datagram, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    ///     socket.set_nonblocking(true)?;
    ///     match socket.receive(buffer) {
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
}

crate::args::descriptor_types! {
    Datagram: "a datagram socket", SOCKET_DGRAM;
}
