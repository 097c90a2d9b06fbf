//! Listening sockets, of which `sock_recv` takes connections.

use std::os::fd::AsFd;

use cloudabi_host::descriptors::{Guard, New, RightsPair};
use cloudabi_host::memory::GuestSliceMut;
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::types::{Errno, Fd, Fdflags, RecvOut};
use rustix::io;
use rustix::net::{SocketFlags, accept_with, sockopt};

use super::error::Call;
use crate::runtime::object::{Object, error};
use crate::runtime::{Thread, poll};

/// Whether a socket waits for connections.
pub fn is_listening(socket: &Object) -> bool {
    sockopt::socket_acceptconn(socket).unwrap_or(false)
}

/// Waits for a connection and stores its descriptor.
pub fn accept(
    thread: &Thread,
    socket: &Guard<'_, Object>,
    room: GuestSliceMut<Fd>,
) -> Result<RecvOut, Errno> {
    if room.is_empty() {
        return Err(Errno::INVAL);
    }
    loop {
        wait(socket)?;
        // A connection that is accepted cannot be put back, so there must be room for it before.
        let place = thread.process.descriptors.reserve()?;
        let connection = match accept_with(socket.as_fd(), SocketFlags::CLOEXEC) {
            Ok(connection) => connection,
            // Somebody else was faster, or the connection broke before anybody took it: accept(2).
            Err(error) if is_transient(error) => continue,
            Err(errno) => return Err(Call::RECEIVE.when_receiving(socket, error(errno))),
        };
        let most = socket.rights().inheriting;
        let rights = RightsPair { base: most, inheriting: most };
        let connection =
            Object::foreign(connection).with_foreign_directories(socket.has_foreign_directories());
        let number = place.insert(New::unsettled(connection, rights));
        if let Err(fault) = room.store(thread.memory(), &[number]) {
            drop(thread.process.descriptors.remove(number));
            return Err(fault.into());
        }
        return Ok(RecvOut { ro_fdslen: 1, ..RecvOut::ZERO });
    }
}

/// Waits until there is a connection.
fn wait(socket: &Object) -> Result<(), Errno> {
    let look = socket.flags()?.contains(Fdflags::NONBLOCK);
    let ready = poll::is_readable(socket.as_fd(), look).map_err(error)?;
    if ready { Ok(()) } else { Err(Errno::AGAIN) }
}

/// Whether an error is about one connection and not about the socket: accept(2).
fn is_transient(error: io::Errno) -> bool {
    [
        io::Errno::AGAIN,
        io::Errno::CONNABORTED,
        io::Errno::HOSTDOWN,
        io::Errno::HOSTUNREACH,
        io::Errno::INTR,
        io::Errno::NETDOWN,
        io::Errno::NETUNREACH,
        io::Errno::NONET,
        io::Errno::NOPROTOOPT,
        io::Errno::PROTO,
    ]
    .contains(&error)
}
