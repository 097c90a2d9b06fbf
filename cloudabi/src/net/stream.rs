//! Sockets that carry streams of bytes.

use cloudabi_sys::{Fd, Fdflags, Filetype, Riflags};

use super::Received;
use super::message::{receive, send};
use super::shutdown::{Shutdown, shutdown};
use crate::io::{self, IoSlice, IoSliceMut};
use crate::os::{AsFd as _, BorrowedFd, OwnedFd, flags};

/// A socket that carries a stream of bytes, and descriptors in between.
///
/// ```no_run
/// use cloudabi::io::{self, Read as _, Write as _};
/// use cloudabi::net::Stream;
///
/// fn talk() -> io::Result<()> {
///     let (mut one, mut other) = Stream::pair()?;
///     one.write_all(b"hello")?;
///     let mut bytes = [0; 5];
///     other.read_exact(&mut bytes)
/// }
/// ```
#[derive(Debug)]
pub struct Stream {
    fd: OwnedFd,
}

/// A new pair of sockets of this type, which are connected to each other.
pub(super) fn pair(filetype: Filetype) -> io::Result<(OwnedFd, OwnedFd)> {
    // SAFETY: the call changes nothing of the program's.
    let (one, other): (Fd, Fd) = unsafe { cloudabi_sys::fd_create2(filetype) }?;
    // SAFETY: they are new, and nobody else knows them.
    Ok(unsafe { (OwnedFd::from_raw_fd(one), OwnedFd::from_raw_fd(other)) })
}

impl Stream {
    /// Two that are connected to each other and to nothing else.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream, thread};
    /// fn channel() -> io::Result<thread::JoinHandle<io::Result<()>>> {
    ///     use io::Write as _;
    ///
    ///     let (mut one, _other) = Stream::pair()?;
    ///     thread::spawn(move || one.write_all(b"hello"))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn pair() -> io::Result<(Stream, Stream)> {
        pair(Filetype::SOCKET_STREAM).map(|(one, other)| (one.into(), other.into()))
    }

    /// Sends some bytes, and with the first of them these descriptors; at most [`MOST_FDS`](super::MOST_FDS) on all
    /// hosts. They stay open here, and the receiver gets duplicates with the rights that these have. Says how many bytes
    /// were sent.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, IoSlice}, net::Stream, os::AsFd as _};
    /// fn hand_over(socket: &Stream, file: &File) -> io::Result<()> {
    ///     socket.send_with_fds(&[IoSlice::new(b"f")], &[file.as_fd()])?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) if the other end is closed, and others. Nothing was sent then.
    pub fn send_with_fds(&self, pieces: &[IoSlice<'_>], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
        send(self.as_fd(), pieces, fds)
    }

    /// Receives some bytes, and the descriptors that come with them, so many at most.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, IoSliceMut}, net::Stream};
    /// fn take_over(socket: &Stream) -> io::Result<Option<File>> {
    ///     let mut byte = [0];
    ///     let received = socket.receive_with_fds(&mut [IoSliceMut::new(&mut byte)], 1)?;
    ///     Ok(received.fds.into_iter().next().map(File::from))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset), and others. Nothing was received then.
    pub fn receive_with_fds(&self, buffers: &mut [IoSliceMut<'_>], most_fds: usize) -> io::Result<Received> {
        receive(self.as_fd(), buffers, most_fds, Riflags::empty())
    }

    /// Receives some bytes, but leaves them in the socket. Says how many.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::Stream};
    /// fn is_http(socket: &Stream) -> io::Result<bool> {
    ///     let mut start = [0; 4];
    ///     Ok(socket.peek(&mut start)? == 4 && &start == b"GET ")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Stream::receive_with_fds`].
    pub fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(receive(self.as_fd(), &mut [IoSliceMut::new(buffer)], 0, Riflags::PEEK)?.length)
    }

    /// Ends receiving or sending, for all duplicates of the descriptor.
    ///
    /// ```no_run
    /// # use cloudabi::{io, net::{Shutdown, Stream}};
    /// fn say_no_more(socket: &Stream) -> io::Result<()> {
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
    /// # use cloudabi::{io::{self, Read as _}, net::Stream};
    /// fn read_if_there(socket: &mut Stream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    ///     socket.set_nonblocking(true)?;
    ///     match socket.read(buffer) {
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
    /// # use cloudabi::{io::{self, BufReader, BufWriter}, net::Stream};
    /// fn both_ways(socket: Stream) -> io::Result<(BufReader<Stream>, BufWriter<Stream>)> {
    ///     Ok((BufReader::new(socket.try_clone()?), BufWriter::new(socket)))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    pub fn try_clone(&self) -> io::Result<Stream> {
        self.fd.try_clone().map(Stream::from)
    }
}

io::fd::transfer! { Stream &Stream }

crate::args::descriptor_types! {
    Stream: "a stream socket", SOCKET_STREAM;
}
