//! What the program's first process says to the parent before the program runs: who it is, and the listener of its filter.
//!
//! Both ends are closed before the program runs.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// One end.
#[derive(Debug)]
pub struct Channel(OwnedFd);

/// What the process says.
#[derive(Debug, Default)]
pub struct Hello {
    /// The kernel's number of the process as it is here; 0 if it said nothing.
    pub process: i32,
    /// The process, on Linux 6.5 and later.
    pub pidfd: Option<OwnedFd>,
    /// The listener.
    pub listener: Option<OwnedFd>,
}

/// `SO_PASSPIDFD` and `SCM_PIDFD` of linux/socket.h.
const SO_PASSPIDFD: libc::c_int = 76;
const SCM_PIDFD: libc::c_int = 4;

/// Room for control messages: credentials and two descriptors.
type Room = [u64; 16];

/// The parent's end and the child's.
pub fn pair() -> io::Result<(Channel, Channel)> {
    let (parent, child) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    for (option, needed) in [(libc::SO_PASSCRED, true), (SO_PASSPIDFD, false)] {
        let yes: libc::c_int = 1;
        let size = size_of::<libc::c_int>() as libc::socklen_t;
        // SAFETY: the kernel reads one number.
        let result = unsafe {
            libc::setsockopt(parent.as_raw_fd(), libc::SOL_SOCKET, option, (&raw const yes).cast(), size)
        };
        if result != 0 && needed {
            return Err(io::Error::last_os_error());
        }
    }
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

    /// Says that this process is the one, and closes everything.
    pub fn say(self, listener: Option<OwnedFd>) -> io::Result<()> {
        let mut byte = 1_u8;
        let mut piece = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let mut room: Room = [0; 16];
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

    /// Waits until the process has said who it is, or is gone.
    pub fn receive(self) -> io::Result<Hello> {
        let mut byte = MaybeUninit::<u8>::uninit();
        let mut piece = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
        let mut room: Room = [0; 16];
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
        let mut hello = Hello::default();
        if received == 0 {
            return Ok(hello);
        }
        // SAFETY: the kernel has filled the room with whole messages, and made the descriptors for this process.
        unsafe {
            let mut header = libc::CMSG_FIRSTHDR(&raw const message);
            while !header.is_null() {
                let data = libc::CMSG_DATA(header);
                match ((*header).cmsg_level, (*header).cmsg_type) {
                    (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) => {
                        hello.process = data.cast::<libc::ucred>().read_unaligned().pid;
                    }
                    (libc::SOL_SOCKET, libc::SCM_RIGHTS) => hello.listener = owned(data),
                    (libc::SOL_SOCKET, SCM_PIDFD) => hello.pidfd = owned(data),
                    _ => {}
                }
                header = libc::CMSG_NXTHDR(&raw const message, header);
            }
        }
        Ok(hello)
    }
}

/// # Safety
/// A descriptor for this process is there, or a negative number.
unsafe fn owned(data: *const u8) -> Option<OwnedFd> {
    // SAFETY: as the caller says.
    unsafe {
        let fd = data.cast::<RawFd>().read_unaligned();
        (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_arrives_with_the_process() {
        let (parent, child) = pair().expect("a pair");
        let (end, other) = rustix::pipe::pipe().expect("a pipe");
        child.say(Some(other)).expect("room");
        let hello = parent.receive().expect("a message");
        assert_eq!(hello.process, std::process::id().cast_signed());
        let listener = hello.listener.expect("a descriptor");
        rustix::io::write(&listener, b"x").expect("it is the pipe");
        drop((end, listener));
        let (parent, child) = pair().expect("a pair");
        drop(child);
        assert_eq!(parent.receive().expect("nothing").process, 0);
    }
}
