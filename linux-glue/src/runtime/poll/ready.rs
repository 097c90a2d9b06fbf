//! What there is to say about a descriptor that is ready.

use std::os::fd::AsFd as _;

use cloudabi_host::types::{
    Errno, Event, EventFdReadwrite, EventProcTerminate, Eventrwflags, Eventtype, Filesize, Filetype,
};

use super::failed;
use crate::runtime::line::Termination;
use crate::runtime::object::Object;
use crate::runtime::raw;

/// The event of a descriptor for which poll(2) gave these bits.
#[inline(always)]
pub fn event(r#type: Eventtype, object: &Object, revents: i16) -> Event {
    let is = |bits: i16| revents & bits != 0;
    if is(libc::POLLNVAL) {
        // It was opened for nothing but its path.
        return failed(r#type, Errno::NOTSUP);
    }
    let (nbytes, hangup) = match r#type {
        Eventtype::FD_READ => {
            let nbytes = if is(libc::POLLIN) { readable(object) } else { 0 };
            (nbytes, is(libc::POLLHUP | libc::POLLRDHUP))
        }
        // How much room there is, Linux does not say. A pipe that nobody reads any more shows that as an error.
        Eventtype::FD_WRITE => {
            let broken = is(libc::POLLERR) && object.filetype() == Ok(Filetype::SOCKET_STREAM);
            (0, is(libc::POLLHUP) || broken)
        }
        _ => {
            let end = object.line().map(|line| line.end_of(object.as_fd()));
            return end.map_or_else(|| failed(r#type, Errno::NOTSUP), process);
        }
    };
    let flags = if hangup { Eventrwflags::HANGUP } else { Eventrwflags::empty() };
    Event::ZERO.with_fd_readwrite(r#type, EventFdReadwrite { nbytes, flags, ..EventFdReadwrite::ZERO })
}

/// How many bytes can be read at once, as far as Linux knows.
#[inline]
fn readable(object: &Object) -> Filesize {
    match object.filetype() {
        Ok(Filetype::REGULAR_FILE) => rest_of_file(object).unwrap_or(0),
        // What does not know has nothing to say: listening sockets, many devices.
        _ => raw::readable(object.as_fd()).unwrap_or(0),
    }
}

/// How much of a file lies behind its position.
#[cold]
fn rest_of_file(object: &Object) -> rustix::io::Result<Filesize> {
    let size = u64::try_from(rustix::fs::fstat(object)?.st_size).unwrap_or(0);
    Ok(size.saturating_sub(rustix::fs::tell(object)?))
}

/// The event of a process that ended.
pub fn process((exitcode, signal): Termination) -> Event {
    Event::ZERO.with_proc_terminate(EventProcTerminate { signal, exitcode, ..EventProcTerminate::ZERO })
}
