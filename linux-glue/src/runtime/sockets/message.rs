//! Messages with descriptors: sendmsg(2), recvmsg(2) and the control messages of unix(7).

use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use cloudabi_host::types::Errno;

use crate::runtime::raw::{self, Piece};

/// How many descriptors Linux transports in one message: `SCM_MAX_FD` of include/net/scm.h.
pub const MOST_DESCRIPTORS: usize = 253;

/// Size of the header of a control message in words.
const HEADER: usize = size_of::<libc::cmsghdr>() / WORD;
const WORD: usize = size_of::<u64>();

/// Words of a control message with as many descriptors as there can be.
const DESCRIPTORS: usize = HEADER + (MOST_DESCRIPTORS * size_of::<RawFd>()).div_ceil(WORD);

/// Words for what else may come, on sockets from outside: credentials, a label, a time, a process.
const OTHERS: usize = 64;

/// Descriptors as they are attached to a message.
pub struct Attachment {
    words: Vec<u64>,
}

impl Attachment {
    /// From at most [`MOST_DESCRIPTORS`].
    pub fn new<'f>(descriptors: impl ExactSizeIterator<Item = BorrowedFd<'f>>) -> Self {
        let size = descriptors.len() * size_of::<RawFd>();
        let mut words = vec![0; HEADER + size.div_ceil(WORD)];
        let length = HEADER * WORD + size;
        let kind =
            u64::from(libc::SOL_SOCKET.cast_unsigned()) | u64::from(libc::SCM_RIGHTS.cast_unsigned()) << 32;
        words[0] = length as u64;
        words[1] = kind;
        for (index, fd) in descriptors.enumerate() {
            let number = u64::from(fd.as_raw_fd().cast_unsigned());
            words[HEADER + index / 2] |= number << (32 * (index % 2));
        }
        Attachment { words }
    }
}

/// sendmsg(2), without a signal if nobody receives. How many bytes were sent.
pub fn send(fd: BorrowedFd<'_>, pieces: &[Piece], attachment: Option<&Attachment>) -> Result<u64, Errno> {
    let mut header = header(pieces);
    if let Some(Attachment { words }) = attachment {
        header.msg_control = words.as_ptr().cast_mut().cast();
        header.msg_controllen = size_of_val(&words[..]) as _;
    }
    raw::with_message(libc::SYS_sendmsg, fd, &mut header, libc::MSG_NOSIGNAL)
}

/// What was received.
#[derive(Debug, Default)]
pub struct Received {
    /// How many bytes.
    pub bytes: u64,
    /// The descriptors, in their order.
    pub descriptors: Vec<OwnedFd>,
    /// Whether descriptors were lost, for want of room in the process.
    pub lost_descriptors: bool,
    /// Whether a part of a datagram was lost.
    pub lost_data: bool,
}

/// recvmsg(2). Flags are Linux's.
pub fn receive(fd: BorrowedFd<'_>, pieces: &[Piece], flags: i32) -> Result<Received, Errno> {
    let mut control = [const { MaybeUninit::<u64>::uninit() }; DESCRIPTORS + OTHERS];
    let mut header = header(pieces);
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = mem::size_of_val(&control) as _;
    let bytes = raw::with_message(libc::SYS_recvmsg, fd, &mut header, flags | libc::MSG_CMSG_CLOEXEC)?;
    let descriptors = match header.msg_controllen {
        0 => Vec::new(),
        // SAFETY: the kernel has written control messages to so many bytes.
        length => unsafe { take_descriptors(&control, length as _) },
    };
    Ok(Received {
        bytes,
        descriptors,
        lost_descriptors: header.msg_flags & libc::MSG_CTRUNC != 0,
        lost_data: header.msg_flags & libc::MSG_TRUNC != 0,
    })
}

/// What is there to be received.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// How many bytes.
    pub bytes: u64,
    /// Whether a control message comes with any of them.
    pub attached: bool,
}

/// recvmsg(2) with `MSG_PEEK` and without room for control messages. Nothing is taken out of the socket.
pub fn look(fd: BorrowedFd<'_>, pieces: &[Piece], flags: i32) -> Result<Seen, Errno> {
    let mut header = header(pieces);
    let bytes = raw::with_message(libc::SYS_recvmsg, fd, &mut header, flags | libc::MSG_PEEK)?;
    Ok(Seen { bytes, attached: header.msg_flags & libc::MSG_CTRUNC != 0 })
}

fn header(pieces: &[Piece]) -> libc::msghdr {
    // SAFETY: zero is a value of each member: no address, no memory, no flags.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = pieces.as_ptr().cast_mut().cast();
    header.msg_iovlen = pieces.len() as _;
    header
}

/// Takes what descriptors there are in control messages.
///
/// # Safety
/// The kernel has just written control messages to the first `length` bytes, and nobody else has taken the
/// descriptors in them.
unsafe fn take_descriptors(control: &[MaybeUninit<u64>], length: usize) -> Vec<OwnedFd> {
    let start = control.as_ptr().cast::<u8>();
    let mut descriptors = Vec::new();
    let mut offset = 0;
    while offset + HEADER * WORD <= length {
        // SAFETY: a header begins here, and all of it was written. Messages begin at multiples of a word.
        let message = unsafe { start.add(offset).cast::<libc::cmsghdr>().read() };
        // C libraries differ in what they take lengths for.
        let size: usize = message.cmsg_len as _;
        let size = size.clamp(HEADER * WORD, length - offset);
        if message.cmsg_level == libc::SOL_SOCKET && holds_descriptors(message.cmsg_type) {
            let count = (size - HEADER * WORD) / size_of::<RawFd>();
            for index in 0..count {
                // SAFETY: so many numbers follow the header.
                let number = unsafe { start.add(offset + HEADER * WORD).cast::<RawFd>().add(index).read() };
                // SAFETY: the kernel has opened it for us. A process that could not be opened has no number.
                let fd = (number >= 0).then(|| unsafe { OwnedFd::from_raw_fd(number) });
                // Who has sent it, as a descriptor, is nothing that was asked for. It is closed.
                descriptors.extend(fd.filter(|_| message.cmsg_type == libc::SCM_RIGHTS));
            }
        }
        offset += size.next_multiple_of(WORD);
    }
    descriptors
}

/// `SCM_PIDFD` of linux/socket.h, for sockets with `SO_PASSPIDFD`.
const SCM_PIDFD: i32 = 4;

fn holds_descriptors(kind: i32) -> bool {
    matches!(kind, libc::SCM_RIGHTS | SCM_PIDFD)
}

const _: () = assert!(size_of::<libc::cmsghdr>() == 2 * WORD && cfg!(target_endian = "little"));

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    #[test]
    fn as_many_descriptors_as_there_can_be() {
        let pair = socketpair(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
        let (first, second) = pair.expect("a pair of sockets");
        for count in [1, 2, 3, 64, MOST_DESCRIPTORS] {
            let attachment = Attachment::new((0..count).map(|_| first.as_fd()));
            assert_eq!(send(first.as_fd(), &[], Some(&attachment)), Ok(0));
            let received = receive(second.as_fd(), &[], 0).expect("a message");
            assert_eq!(received.descriptors.len(), count);
            assert!(!received.lost_descriptors && !received.lost_data);
        }
    }
}
