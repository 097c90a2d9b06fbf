//! How the listener of the filter comes from the program's process to its parent, before the program runs.
//!
//! Both ends are closed then.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// One end.
#[derive(Debug)]
pub struct Channel(OwnedFd);

/// Room for control messages: one descriptor.
type Room = [u64; 4];

/// The parent's end and the child's.
pub fn pair() -> io::Result<(Channel, Channel)> {
    let (parent, child) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    Ok((Channel(parent), Channel(child)))
}

fn message(piece: &mut libc::iovec, room: &mut Room, size: usize) -> libc::msghdr {
    // SAFETY: zeros are a value of the structure.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = piece;
    message.msg_iovlen = 1;
    message.msg_control = room.as_mut_ptr().cast();
    message.msg_controllen = size as _;
    message
}

impl Channel {
    /// The kernel's descriptor.
    pub fn number(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Sends the listener, if there is one, and closes everything.
    pub fn send(self, listener: Option<OwnedFd>) -> io::Result<()> {
        let mut byte = 1_u8;
        let mut piece = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let mut room = Room::default();
        let one = size_of::<RawFd>() as u32;
        // SAFETY: these compute sizes.
        let (space, length) = unsafe { (libc::CMSG_SPACE(one), libc::CMSG_LEN(one)) };
        let size = if listener.is_some() { space as usize } else { 0 };
        let message = message(&mut piece, &mut room, size);
        if let Some(listener) = &listener {
            // SAFETY: there is room for a header and one descriptor.
            unsafe {
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = length as _;
                libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(listener.as_raw_fd());
            }
        }
        // SAFETY: the message and what it points to are there.
        match unsafe { libc::sendmsg(self.number(), &raw const message, libc::MSG_NOSIGNAL) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// Waits until the other end is closed, and gives the listener if one was sent.
    pub fn receive(self) -> io::Result<Option<OwnedFd>> {
        let mut byte = MaybeUninit::<u8>::uninit();
        let mut piece = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
        let mut room = Room::default();
        let mut message = message(&mut piece, &mut room, size_of::<Room>());
        let received = loop {
            // SAFETY: the message and what it points to are there.
            match unsafe { libc::recvmsg(self.number(), &raw mut message, libc::MSG_CMSG_CLOEXEC) } {
                -1 => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
                received => break received,
            }
        };
        if received == 0 {
            return Ok(None);
        }
        // SAFETY: the kernel has filled the room with whole messages, and made the descriptor for this process.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            if header.is_null()
                || ((*header).cmsg_level, (*header).cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS)
            {
                return Ok(None);
            }
            Ok(Some(OwnedFd::from_raw_fd(libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_arrives_and_so_does_the_news_that_there_is_none() {
        let (parent, child) = pair().expect("a pair");
        let (end, other) = rustix::pipe::pipe().expect("a pipe");
        child.send(Some(other)).expect("room");
        let listener = parent.receive().expect("a message").expect("a descriptor");
        rustix::io::write(&listener, b"x").expect("it is the pipe");
        drop((end, listener));
        let (parent, child) = pair().expect("a pair");
        child.send(None).expect("room");
        assert!(parent.receive().expect("a message").is_none());
        let (parent, child) = pair().expect("a pair");
        drop(child);
        assert!(parent.receive().expect("nothing").is_none());
    }
}
