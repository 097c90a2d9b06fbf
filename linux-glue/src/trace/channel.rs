//! The socket that calls are told over: messages of a head and a text, from the program's processes to the parent.
//!
//! The kernel tells the parent which process has sent a message. Whatever else a message says may be made up, and
//! descriptors that come with one are dropped by the kernel, since there is no room for them.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// The longest text of a message, in bytes. Longer ones are cut.
pub const MOST_TEXT: usize = 4000;

/// How long a call waits for the parent to take what it tells, in seconds, before it goes on untold.
const PATIENCE: i64 = 10;

/// Size of a head in bytes.
const HEAD: usize = 32;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole call, which has returned or never will.
    Whole,
    /// The beginning of a call that may take long, or may not return.
    Beginning,
    /// The rest of it.
    Rest,
}

/// The head of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub kind: Kind,
    /// The ABI's number of the thread.
    pub thread: u32,
    /// When the call began, in nanoseconds of the monotonic clock.
    pub began: u64,
    /// How many nanoseconds it took.
    pub took: u64,
}

/// What somebody has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is about.
    pub kind: Kind,
    /// The kernel's number of the process, as it is here. The kernel says so, not the process.
    pub process: i32,
    /// The ABI's number of the thread.
    pub thread: u32,
    /// When the call began, in nanoseconds of the monotonic clock.
    pub began: u64,
    /// How many nanoseconds it took, if it has returned.
    pub took: u64,
    /// How many messages were lost before this one, as the parent did not take them.
    pub lost: u32,
    /// The call, or its part: any bytes at all, if the program is hostile.
    pub text: &'a [u8],
}

/// The program's end.
#[derive(Debug)]
pub(crate) struct Sender {
    socket: OwnedFd,
    /// Messages that were lost since the last one that was not.
    lost: AtomicU32,
    /// Whether the parent has not taken anything for so long that nobody waits for it any more.
    impatient: AtomicBool,
}

/// The parent's end.
#[derive(Debug)]
pub(crate) struct Receiver(OwnedFd);

/// Room for a message.
pub(crate) struct Room {
    bytes: [u8; HEAD + MOST_TEXT],
    /// For credentials and nothing else.
    control: [u64; 4],
}

impl Default for Room {
    fn default() -> Room {
        Room { bytes: [0; HEAD + MOST_TEXT], control: [0; 4] }
    }
}

/// Both ends.
pub(crate) fn pair() -> io::Result<(Receiver, Sender)> {
    let (receiver, sender) =
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let yes: libc::c_int = 1;
    set_option(&receiver, libc::SO_PASSCRED, &yes)?;
    let patience = libc::timeval { tv_sec: PATIENCE as _, tv_usec: 0 };
    set_option(&sender, libc::SO_SNDTIMEO, &patience)?;
    let sender = Sender { socket: sender, lost: AtomicU32::new(0), impatient: AtomicBool::new(false) };
    Ok((Receiver(receiver), sender))
}

fn set_option<T>(socket: &OwnedFd, option: libc::c_int, value: &T) -> io::Result<()> {
    let size = size_of::<T>() as libc::socklen_t;
    let value = std::ptr::from_ref(value).cast();
    // SAFETY: the kernel reads a value of this size.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, value, size) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

impl Head {
    fn bytes(&self, lost: u32) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[0] = match self.kind {
            Kind::Whole => 0,
            Kind::Beginning => 1,
            Kind::Rest => 2,
        };
        bytes[4..8].copy_from_slice(&self.thread.to_ne_bytes());
        bytes[8..16].copy_from_slice(&self.began.to_ne_bytes());
        bytes[16..24].copy_from_slice(&self.took.to_ne_bytes());
        bytes[24..28].copy_from_slice(&lost.to_ne_bytes());
        bytes
    }
}

impl Record<'_> {
    /// What a message says that came from a process, whatever is in it.
    pub fn parse(process: i32, message: &[u8]) -> Record<'_> {
        let nothing = (&[0; HEAD], &message[..0]);
        let (head, text) = message.split_first_chunk::<HEAD>().unwrap_or(nothing);
        let four = |at: usize| head[at..at + 4].try_into().map_or(0, u32::from_ne_bytes);
        let eight = |at: usize| head[at..at + 8].try_into().map_or(0, u64::from_ne_bytes);
        let kind = match head[0] {
            1 => Kind::Beginning,
            2 => Kind::Rest,
            _ => Kind::Whole,
        };
        Record { kind, process, thread: four(4), began: eight(8), took: eight(16), lost: four(24), text }
    }
}

impl Sender {
    /// Sends a message. It is lost if the parent takes nothing for a while, or is gone. `interrupted` is called when a
    /// signal has interrupted the wait, and may not return.
    pub fn send(&self, head: &Head, text: &[u8], interrupted: impl Fn()) {
        let lost = self.lost.load(Ordering::Relaxed);
        let head = head.bytes(lost);
        let mut pieces = [&head[..], text]
            .map(|piece| libc::iovec { iov_base: piece.as_ptr().cast_mut().cast(), iov_len: piece.len() });
        // SAFETY: zeros are a value of the structure.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = pieces.as_mut_ptr();
        message.msg_iovlen = pieces.len() as _;
        let wait = if self.impatient.load(Ordering::Relaxed) { libc::MSG_DONTWAIT } else { 0 };
        loop {
            // SAFETY: the message and what it points to are there; the kernel only reads.
            let result = unsafe {
                libc::sendmsg(self.socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL | wait)
            };
            if result >= 0 {
                self.lost.fetch_sub(lost, Ordering::Relaxed);
                self.impatient.store(false, Ordering::Relaxed);
                return;
            }
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::Interrupted {
                interrupted();
                continue;
            }
            if error.kind() == io::ErrorKind::WouldBlock {
                self.impatient.store(true, Ordering::Relaxed);
            }
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Receiver {
    /// The next message; `None` if there is none yet, or none will ever come. One that makes no sense is an empty call.
    pub fn receive<'a>(&self, room: &'a mut Room) -> io::Result<Option<Record<'a>>> {
        let Some((process, length)) = self.receive_any(room)? else { return Ok(None) };
        Ok(Some(Record::parse(process, &room.bytes[..length])))
    }

    /// The next message: who has sent it, and its length.
    fn receive_any(&self, room: &mut Room) -> io::Result<Option<(i32, usize)>> {
        let mut piece = libc::iovec { iov_base: room.bytes.as_mut_ptr().cast(), iov_len: room.bytes.len() };
        // SAFETY: zeros are a value of the structure.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = &raw mut piece;
        message.msg_iovlen = 1;
        message.msg_control = room.control.as_mut_ptr().cast();
        // SAFETY: this computes a size. No room is left for descriptors.
        let space = unsafe { libc::CMSG_SPACE(size_of::<libc::ucred>() as u32) };
        message.msg_controllen = space as _;
        let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
        // SAFETY: the message and what it points to are there, with the sizes that it says.
        let length = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut message, flags) };
        let length = match usize::try_from(length) {
            // Messages are never empty.
            Ok(0) => return Ok(None),
            Ok(length) => length,
            Err(_) => {
                let error = io::Error::last_os_error();
                return match error.kind() {
                    io::ErrorKind::WouldBlock
                    | io::ErrorKind::Interrupted
                    | io::ErrorKind::ConnectionReset => Ok(None),
                    _ => Err(error),
                };
            }
        };
        let mut process = 0;
        // SAFETY: the kernel has filled the room with whole messages.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            if !header.is_null()
                && ((*header).cmsg_level, (*header).cmsg_type) == (libc::SOL_SOCKET, libc::SCM_CREDENTIALS)
            {
                process = libc::CMSG_DATA(header).cast::<libc::ucred>().read_unaligned().pid;
            }
        }
        Ok(Some((process, length)))
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD_OF_ONE: Head = Head { kind: Kind::Whole, thread: 5, began: 6, took: 7 };

    #[test]
    fn messages_arrive_one_by_one_with_their_sender() {
        let (receiver, sender) = pair().expect("a pair");
        let mut room = Room::default();
        assert_eq!(receiver.receive(&mut room).expect("nothing"), None);
        for text in ["fd_close(3) = 0", ""] {
            sender.send(&HEAD_OF_ONE, text.as_bytes(), || {});
            let record = receiver.receive(&mut room).expect("a message").expect("a message");
            let process = std::process::id().cast_signed();
            let expected = Record {
                kind: Kind::Whole,
                process,
                thread: 5,
                began: 6,
                took: 7,
                lost: 0,
                text: text.as_bytes(),
            };
            assert_eq!(record, expected);
        }
        drop(sender);
        assert_eq!(receiver.receive(&mut room).expect("the end"), None);
    }

    #[test]
    fn junk_is_only_text_and_descriptors_are_dropped() {
        let (receiver, sender) = pair().expect("a pair");
        let mut room = Room::default();
        let (end, other) = rustix::pipe::pipe().expect("a pipe");
        for junk in [&b"x"[..], &[9; HEAD], &[0xff; 3 * MOST_TEXT]] {
            let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = rustix::net::SendAncillaryBuffer::new(&mut space);
            let fds = [other.as_fd()];
            control.push(rustix::net::SendAncillaryMessage::ScmRights(&fds));
            let piece = [std::io::IoSlice::new(junk)];
            let flags = rustix::net::SendFlags::empty();
            rustix::net::sendmsg(sender.as_fd(), &piece, &mut control, flags).expect("room");
        }
        drop(other);
        for length in [0, 0, MOST_TEXT] {
            let record = receiver.receive(&mut room).expect("a message").expect("a message");
            assert_eq!((record.text.len(), record.kind), (length, Kind::Whole));
        }
        // Nobody has the other end of the pipe any more.
        assert_eq!(rustix::io::read(&end, &mut [0; 1]), Ok(0));
    }

    proptest::proptest! {
        /// Whatever comes is a record: what is no head is text of a call of which nothing is known.
        #[test]
        fn any_bytes_are_a_record(
            process in proptest::prelude::any::<i32>(),
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2 * HEAD),
        ) {
            let record = Record::parse(process, &bytes);
            proptest::prop_assert_eq!(record.process, process);
            proptest::prop_assert_eq!(record.text.len(), bytes.len().saturating_sub(HEAD));
            if bytes.len() >= HEAD {
                let Record { kind, thread, began, took, lost, .. } = record;
                // All that the parent understands of a head is in the head that it stands for.
                let again = Head { kind, thread, began, took }.bytes(lost);
                let message = [&again[..], record.text].concat();
                proptest::prop_assert_eq!(Record::parse(process, &message), record);
            } else {
                proptest::prop_assert_eq!((record.kind, record.thread, record.lost), (Kind::Whole, 0, 0));
            }
        }
    }

    #[test]
    fn what_nobody_takes_is_lost_and_counted() {
        let (receiver, sender) = pair().expect("a pair");
        sender.impatient.store(true, Ordering::Relaxed);
        let text = [b'x'; MOST_TEXT];
        while sender.lost.load(Ordering::Relaxed) < 3 {
            sender.send(&HEAD_OF_ONE, &text, || {});
        }
        let mut room = Room::default();
        while let Some(record) = receiver.receive(&mut room).expect("a message") {
            assert_eq!(record.lost, 0);
        }
        sender.send(&HEAD_OF_ONE, &text, || {});
        sender.send(&HEAD_OF_ONE, &text, || {});
        let lost = |room: &mut Room| receiver.receive(room).expect("a message").map(|record| record.lost);
        assert_eq!((lost(&mut room), lost(&mut room)), (Some(3), Some(0)));
        drop(receiver);
        // Nor does it matter that nobody is there.
        sender.send(&HEAD_OF_ONE, &text, || {});
    }
}
