//! `sock_send`

use cloudabi_host::descriptors::Guard;
use cloudabi_host::memory::{GuestMemory as _, GuestSlice};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::syscalls::NeededRights;
use cloudabi_host::types::{Errno, Fd, SendIn, SendOut, Siflags};
use rustix::net::sockopt;
use std::os::fd::{AsFd, BorrowedFd};

use super::error::Call;
use super::message::{self, Attachment, MOST_DESCRIPTORS};
use super::pieces::part;
use super::{Kind, luggage};
use crate::runtime::Thread;
use crate::runtime::object::{Object, error};
use crate::runtime::raw::Piece;
use crate::runtime::transfer::with_pieces;

/// `sock_send`
pub fn send(thread: &Thread, socket: &Guard<'_, Object>, message: &SendIn) -> Result<SendOut, Errno> {
    if message.si_flags != Siflags::empty() {
        return Err(Errno::INVAL);
    }
    let memory = thread.memory();
    let region = thread.memory().region();
    let (data, descriptors) = (message.si_data_slice(region)?, message.si_fds_slice(region)?);
    let sent = if descriptors.is_empty() {
        with_pieces(memory, data, |pieces| {
            message::send(socket.as_fd(), pieces, None)
                .map_err(|error| Call::SEND.when_sending(socket, error))
        })
    } else {
        let attached = Attached::new(thread, socket, descriptors)?;
        with_pieces(memory, data, |pieces| attached.send(socket, pieces))
    };
    Ok(SendOut { so_datalen: sent? })
}

/// Bytes of a stream that descriptors travel with, at most. The kernel does not cut a message of this size in two, if the
/// socket's buffer has its usual size.
const LONGEST: u64 = 1 << 15;

/// Descriptors that are about to be sent, open at least until then.
struct Attached {
    descriptors: Vec<Guard<'static, Object>>,
    kind: Kind,
}

impl Attached {
    #[cold]
    fn new(thread: &Thread, socket: &Object, list: GuestSlice<Fd>) -> Result<Attached, Errno> {
        let kind = socket.socket_kind()?;
        if !kind.is_local() {
            return Err(Errno::NOTSUP);
        }
        if list.len() > MOST_DESCRIPTORS as u64 {
            return Err(Errno::INVAL);
        }
        let table = &thread.process.descriptors;
        let descriptors = list.iter(thread.memory()).map(|fd| table.look_up(fd?, NeededRights::NONE));
        let attached = Attached { descriptors: descriptors.collect::<Result<_, _>>()?, kind };
        // One more goes with them.
        if attached.host_descriptors().count() >= MOST_DESCRIPTORS {
            return Err(Errno::INVAL);
        }
        Ok(attached)
    }

    fn host_descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.descriptors.iter().flat_map(|guard| guard.host_descriptors())
    }

    fn send(&self, socket: &Object, pieces: &[Piece]) -> Result<u64, Errno> {
        if !self.kind.is_stream() {
            return self.send_with(socket, pieces, 0);
        }
        // They travel with the first byte. The receiver has to know where the message ends, so that it is one for the
        // kernel too: `unix_stream_sendmsg` in net/unix/af_unix.c.
        let total: u64 = pieces.iter().map(|piece| piece.size()).sum();
        let buffer =
            sockopt::socket_send_buffer_size(socket).map_err(|errno| Call::SEND.answer(error(errno)))?;
        let length = total.min(LONGEST).min((buffer as u64 / 2).saturating_sub(64).max(1));
        if total == 0 {
            return Err(Errno::MSGSIZE);
        }
        let sent = self.send_with(socket, &part(pieces, 0, length), length as u32)?;
        let rest = part(pieces, sent, total);
        if rest.is_empty() {
            return Ok(sent);
        }
        // What was sent already counts more than what is wrong with the rest.
        Ok(sent + message::send(socket.as_fd(), &rest, None).unwrap_or(0))
    }

    fn send_with(&self, socket: &Object, pieces: &[Piece], length: u32) -> Result<u64, Errno> {
        let luggage = luggage::pack(length, self.descriptors.iter().map(|guard| guard.label(guard.rights())));
        let luggage = luggage.map_err(|errno| Call::SEND.answer(error(errno)))?;
        let mut all: Vec<_> = self.host_descriptors().collect();
        all.push(luggage.as_fd());
        let attachment = Attachment::new(all.into_iter());
        message::send(socket.as_fd(), pieces, Some(&attachment))
            .map_err(|error| Call::SEND.when_sending(socket, error))
    }
}
