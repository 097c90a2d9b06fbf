//! The calls on sockets: `fd_create2`, `sock_send`, `sock_recv`, `sock_shutdown`.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `send.rs`, `receive.rs`, `accept.rs` | the calls on messages, and on listening sockets |
//! | `read.rs` | `fd_read` |
//! | `stream.rs` | where on a byte stream the next descriptors begin |
//! | `luggage.rs` | rights that travel with descriptors |
//! | `message.rs` | Linux's calls |
//! | `pieces.rs` | parts of lists of pieces of memory |
//! | `kind.rs`, `error.rs` | kinds of sockets, and which error they give |

mod accept;
mod error;
mod kind;
mod luggage;
mod message;
mod pieces;
mod read;
mod receive;
mod send;
mod stream;

use std::os::fd::AsFd;

use cloudabi_host::descriptors::{New, RightsPair};
use cloudabi_host::types::{Errno, Fd, Filetype, Sdflags};
use rustix::net::{AddressFamily, Shutdown, SocketFlags, SocketType, shutdown as host_shutdown, socketpair};

use super::Thread;
use super::object::{self, Object};
use crate::generated::socket_type_to_host;
pub use error::Call;
pub use kind::Kind;
pub use luggage::Label;
pub use read::read;
pub use receive::receive;
pub use send::send;

/// `fd_create2`
pub fn create_pair(thread: &Thread, filetype: Filetype) -> Result<(Fd, Fd), Errno> {
    let kind = socket_type_to_host(filetype).map_err(|_| Errno::INVAL)?;
    let kind = SocketType::from_raw(kind.cast_unsigned());
    let pair = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)
        .map_err(|error| Call::CREATE_PAIR.answer(object::error(error)))?;
    let new = |fd| New::unsettled(Object::made(fd, filetype), RightsPair::ALL);
    match thread.process.descriptors.insert_two([new(pair.0), new(pair.1)]) {
        Ok([first, second]) => Ok((first, second)),
        Err((_, error)) => Err(error),
    }
}

/// `sock_shutdown`
pub fn shutdown(socket: &Object, how: Sdflags) -> Result<(), Errno> {
    let how = match (how.contains(Sdflags::RD), how.contains(Sdflags::WR)) {
        (true, true) => Shutdown::Both,
        (true, false) => Shutdown::Read,
        (false, true) => Shutdown::Write,
        (false, false) => return Err(Errno::INVAL),
    };
    host_shutdown(socket.as_fd(), how).map_err(|error| Call::SHUTDOWN.answer(object::error(error)))
}
