//! The calls on sockets: `fd_create2`, `sock_send`, `sock_recv`, `sock_shutdown`.

use cloudabi_host::descriptors::{New, RightsPair};
use cloudabi_host::types::{Errno, Fd, Filetype};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::Thread;
use super::object::{Object, error};
use crate::generated::socket_type_to_host;

/// `fd_create2`
pub fn create_pair(thread: &Thread, filetype: Filetype) -> Result<(Fd, Fd), Errno> {
    let kind = socket_type_to_host(filetype).map_err(|_| Errno::INVAL)?;
    let kind = SocketType::from_raw(kind.cast_unsigned());
    let pair = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).map_err(error)?;
    let new = |fd| New::unsettled(Object::made(fd, filetype), RightsPair::ALL);
    match thread.process.descriptors.insert_two([new(pair.0), new(pair.1)]) {
        Ok([first, second]) => Ok((first, second)),
        Err((_, error)) => Err(error),
    }
}
