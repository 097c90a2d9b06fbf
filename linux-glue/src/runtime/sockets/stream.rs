//! Receiving from a byte stream that carries descriptors.
//!
//! What one recvmsg(2) gives ends behind the message that descriptors came with, but it begins with all that was sent
//! before: bytes come together with the descriptors of a later message, and a program could not tell them apart. Nor
//! can the runtime by looking first: `MSG_PEEK` shows descriptors that come anywhere behind the bytes that it shows.
//! (`unix_stream_read_generic` in net/unix/af_unix.c.) What can be known is this:
//!
//! - If looking shows no descriptors at all, there are none.
//! - One byte that is taken comes with the descriptors that belong to it, and with no others.
//! - Looking goes as far as the end of the first message with descriptors. Another runtime has written on their luggage
//!   how long the message is, and so where it begins.
//!
//! Other senders do not say how long it is. Then bytes that come before descriptors are taken one at a time.

use std::os::fd::BorrowedFd;

use cloudabi_host::types::Errno;

use super::luggage;
use super::message::{self, Received};
use super::pieces::part;
use crate::runtime::raw::Piece;

/// Receives from a stream to pieces with room for `total` bytes, at least one. Flags are Linux's.
pub fn receive(fd: BorrowedFd<'_>, pieces: &[Piece], total: u64, flags: i32) -> Result<Received, Errno> {
    let peek = flags & libc::MSG_PEEK != 0;
    let until_full = flags & libc::MSG_WAITALL != 0 && !peek;
    let mut received = Received::default();
    loop {
        let done = received.bytes;
        let run = match done {
            0 if peek => show_run(fd, pieces),
            0 => first_run(fd, pieces),
            _ => next_run(fd, &part(pieces, done, total - done)),
        };
        match run {
            Ok(more) if more.bytes > 0 => {
                received.bytes += more.bytes;
                received.descriptors.extend(more.descriptors);
                received.lost_descriptors |= more.lost_descriptors;
            }
            // The end, or the next descriptors.
            Ok(_) => return Ok(received),
            Err(error) if done == 0 => return Err(error),
            Err(_) => return Ok(received),
        }
        if !until_full || received.bytes >= total {
            return Ok(received);
        }
    }
}

/// Takes bytes of which none but the first comes with descriptors.
fn first_run(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<Received, Errno> {
    let seen = message::look(fd, pieces, 0)?;
    match seen.bytes {
        0 => return Ok(Received::default()),
        bytes if !seen.attached => return message::receive(fd, &part(pieces, 0, bytes), 0),
        _ => {}
    }
    let mut received = message::receive(fd, &part(pieces, 0, 1), 0)?;
    if received.bytes == 0 {
        return Ok(received);
    }
    let rest = if !received.descriptors.is_empty() || received.lost_descriptors {
        // Looking went no further than the message that they came with.
        seen.bytes - 1
    } else {
        bytes_before_descriptors(fd).unwrap_or(0)
    };
    let rest = part(pieces, 1, rest);
    // It was there a moment ago. If somebody else was faster, this is all.
    if !rest.is_empty()
        && let Ok(more) = message::receive(fd, &rest, libc::MSG_DONTWAIT)
    {
        received.bytes += more.bytes;
        received.descriptors.extend(more.descriptors);
        received.lost_descriptors |= more.lost_descriptors;
    }
    Ok(received)
}

/// Takes what is there already of bytes none of which comes with descriptors. How many there were.
pub fn more(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<u64, Errno> {
    run_without(fd, pieces, libc::MSG_DONTWAIT).map(|received| received.bytes)
}

/// Takes bytes none of which comes with descriptors. There may be none.
fn next_run(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<Received, Errno> {
    run_without(fd, pieces, 0)
}

/// Takes bytes none of which comes with descriptors. Flags are Linux's.
fn run_without(fd: BorrowedFd<'_>, pieces: &[Piece], flags: i32) -> Result<Received, Errno> {
    let seen = message::look(fd, pieces, flags)?;
    let bytes = if seen.attached { bytes_before_descriptors(fd).unwrap_or(0) } else { seen.bytes };
    match &part(pieces, 0, bytes)[..] {
        [] => Ok(Received::default()),
        pieces => message::receive(fd, pieces, flags),
    }
}

/// Shows bytes, with the descriptors that belong to the first of them, and takes nothing.
fn show_run(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<Received, Errno> {
    let seen = message::look(fd, pieces, 0)?;
    match seen.attached.then(|| bytes_before_descriptors(fd)).flatten() {
        Some(bytes @ 1..) => {
            let seen = message::look(fd, &part(pieces, 0, bytes), 0)?;
            Ok(Received { bytes: seen.bytes, ..Received::default() })
        }
        _ => message::receive(fd, pieces, libc::MSG_PEEK),
    }
}

/// How many bytes come before the next descriptors, if that can be known.
fn bytes_before_descriptors(fd: BorrowedFd<'_>) -> Option<u64> {
    // Nobody wants the bytes, so that all of them may go to the same place.
    let mut nowhere = [0u8; 4096];
    let everything = [Piece::of(&mut nowhere); 1024];
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    let message::Received { bytes, descriptors, .. } = message::receive(fd, &everything, flags).ok()?;
    let (last, others) = descriptors.split_last()?;
    let luggage = luggage::unpack(last, others.len())?;
    bytes.checked_sub(luggage.length.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::{AsFd, OwnedFd};

    use crate::runtime::sockets::luggage::Label;
    use crate::runtime::sockets::message::Attachment;
    use cloudabi_host::descriptors::RightsPair;
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    fn pair() -> (OwnedFd, OwnedFd) {
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .expect("a pair of sockets")
    }

    /// Sends like another runtime, with luggage, or like anybody else, without.
    fn send_as(labelled: bool, fd: &OwnedFd, text: &[u8], descriptors: usize) {
        let luggage = luggage::pack(text.len() as u32, (0..descriptors).map(|_| LABEL)).expect("memory");
        // Not the socket itself, which would stay open.
        let mut all = vec![luggage.as_fd(); descriptors];
        if labelled {
            all.push(luggage.as_fd());
        }
        let attachment = Attachment::new(all.into_iter());
        let attachment = (descriptors > 0).then_some(&attachment);
        let mut text = text.to_vec();
        let sent = message::send(fd.as_fd(), &[Piece::of(&mut text)], attachment);
        assert_eq!(sent, Ok(text.len() as u64));
    }

    const LABEL: Label =
        Label { rights: RightsPair::NONE, filetype: None, synchronising: None, two: false, confined: false };

    fn send(fd: &OwnedFd, text: &[u8], descriptors: usize) {
        send_as(true, fd, text, descriptors);
    }

    /// What one call gives: the text, and how many descriptors.
    fn take(fd: &OwnedFd, room: &[usize], flags: i32) -> (String, usize) {
        let mut buffers: Vec<Vec<u8>> = room.iter().map(|size| vec![0; *size]).collect();
        let pieces: Vec<_> = buffers.iter_mut().map(|buffer| Piece::of(buffer)).collect();
        let total = room.iter().sum::<usize>() as u64;
        let received = receive(fd.as_fd(), &pieces, total, flags).expect("receiving works");
        let text = String::from_utf8(buffers.concat()).expect("letters");
        // Luggage is not what is counted.
        (text[..received.bytes as usize].to_string(), received.descriptors.len().saturating_sub(1))
    }

    #[test]
    fn bytes_never_come_with_descriptors_of_later_ones() {
        for length in [1, 2, 3, 7, 8, 9, 100] {
            let (first, second) = pair();
            let text = "a".repeat(length);
            send(&first, text.as_bytes(), 0);
            send(&first, b"bc", 2);
            send(&first, b"d", 0);
            send(&first, b"e", 1);
            drop(first);
            assert_eq!(take(&second, &[1000], libc::MSG_PEEK), (text.clone(), 0));
            assert_eq!(take(&second, &[1, 1, 998], 0), (text, 0));
            assert_eq!(take(&second, &[1000], libc::MSG_PEEK), ("bc".into(), 2));
            assert_eq!(take(&second, &[1000], 0), ("bc".into(), 2));
            assert_eq!(take(&second, &[0, 1000], 0), ("d".into(), 0));
            assert_eq!(take(&second, &[1000], 0), ("e".into(), 1));
            assert_eq!(take(&second, &[1000], 0), (String::new(), 0));
        }
    }

    #[test]
    fn nor_with_those_of_senders_that_give_no_luggage() {
        let (first, second) = pair();
        for (text, descriptors) in [("ab", 0), ("c", 0), ("def", 2), ("gh", 0), ("i", 1)] {
            send_as(false, &first, text.as_bytes(), descriptors);
        }
        drop(first);
        let mut all = Vec::new();
        while let (text, descriptors) = take(&second, &[1000], 0)
            && !text.is_empty()
        {
            all.push((text, descriptors + 1));
        }
        let expected = [("a", 1), ("b", 1), ("c", 1), ("def", 2), ("g", 1), ("h", 1), ("i", 1)];
        assert_eq!(all.len(), expected.len());
        assert!(
            all.iter().zip(expected).all(|((text, count), expected)| (text.as_str(), *count) == expected)
        );
    }

    #[test]
    fn waiting_for_all_goes_on_until_there_are_other_descriptors() {
        let (first, second) = pair();
        send(&first, b"ab", 1);
        send(&first, b"cd", 0);
        send(&first, b"ef", 1);
        drop(first);
        assert_eq!(take(&second, &[3, 100], libc::MSG_WAITALL), ("abcd".into(), 1));
        assert_eq!(take(&second, &[100], libc::MSG_WAITALL), ("ef".into(), 1));
    }

    #[test]
    fn waiting_for_all_waits() {
        let (first, second) = pair();
        let sender = std::thread::spawn(move || {
            for _ in 0..10 {
                send(&first, b"x", 0);
                std::thread::yield_now();
            }
            first
        });
        assert_eq!(take(&second, &[4, 6], libc::MSG_WAITALL), ("x".repeat(10), 0));
        drop(sender.join());
    }
}
