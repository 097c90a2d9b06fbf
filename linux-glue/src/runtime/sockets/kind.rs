//! What kinds of sockets there are, as far as it makes a difference to messages.

use std::os::fd::AsFd;

use cloudabi_host::types::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};

use crate::runtime::object::error;

/// A kind of socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A byte stream within this machine, which carries descriptors.
    LocalStream = 1,
    /// Datagrams or packets within this machine, which carry descriptors.
    LocalMessages,
    /// Any other byte stream.
    Stream,
    /// Any other datagrams.
    Messages,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::LocalStream, Kind::LocalMessages, Kind::Stream, Kind::Messages];

    /// The kind of a socket.
    ///
    /// # Errors
    /// [`Errno::NOTSOCK`]
    pub fn of(socket: impl AsFd) -> Result<Kind, Errno> {
        let stream = sockopt::socket_type(&socket).map_err(error)? == SocketType::STREAM;
        let local = sockopt::socket_domain(&socket).map_err(error)? == AddressFamily::UNIX;
        Ok(match (local, stream) {
            (true, true) => Kind::LocalStream,
            (true, false) => Kind::LocalMessages,
            (false, true) => Kind::Stream,
            (false, false) => Kind::Messages,
        })
    }

    /// Whether it carries descriptors.
    pub fn is_local(self) -> bool {
        matches!(self, Kind::LocalStream | Kind::LocalMessages)
    }

    /// Whether it is a byte stream.
    pub fn is_stream(self) -> bool {
        matches!(self, Kind::LocalStream | Kind::Stream)
    }
}
