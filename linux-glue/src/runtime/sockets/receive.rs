//! `sock_recv`

use std::os::fd::{AsFd, OwnedFd};

use cloudabi_host::descriptors::{Guard, New, RightsPair};
use cloudabi_host::memory::{GuestMemory as _, GuestSliceMut};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::types::{Errno, Fd, RecvIn, RecvOut, Riflags, Rights, Roflags};

use super::error::Call;
use super::luggage::{self, Luggage};
use super::message::{self, MOST_DESCRIPTORS, Received};
use super::{Kind, accept, stream};
use crate::generated::riflags_to_host;
use crate::runtime::Thread;
use crate::runtime::object::Object;
use crate::runtime::raw::Piece;
use crate::runtime::transfer::with_pieces;
use crate::sandbox;

/// Up to this much room for a datagram is looked at before it is received. Where there is more, the datagram is looked at.
const LITTLE: u64 = 1 << 16;

/// `sock_recv`
pub fn receive(thread: &Thread, socket: &Guard<'_, Object>, message: &RecvIn) -> Result<RecvOut, Errno> {
    let flags = riflags_to_host(message.ri_flags).map_err(|_| Errno::INVAL)?;
    let memory = thread.memory();
    let (data, room) =
        (message.ri_data_slice(thread.memory().region())?, message.ri_fds_slice(thread.memory().region())?);
    // Descriptors must not get lost because nobody can be told their numbers. There are never more than these.
    let used = room.range().size().min((MOST_DESCRIPTORS * size_of::<Fd>()) as u64);
    memory.probe_write(room.range().part(0, used).ok_or(Errno::FAULT)?)?;
    let accept = || {
        if message.ri_flags.contains(Riflags::PEEK) {
            return Err(Errno::NOTSUP);
        }
        accept::accept(thread, socket, room)
    };
    // Whoever takes no data most likely takes a connection: to ask first saves the call that fails.
    if data.is_empty() && accept::is_listening(socket) {
        return accept();
    }
    let received = with_pieces(memory, data, |pieces| take(thread, socket, pieces, flags));
    match received {
        Ok(received) => store(thread, socket, received, room),
        Err(Errno::INVAL | Errno::NOTCONN) if accept::is_listening(socket) => accept(),
        Err(error) => Err(Call::RECEIVE.when_receiving(socket, error)),
    }
}

/// Takes a message out of a socket.
fn take(thread: &Thread, socket: &Object, pieces: &[Piece], flags: i32) -> Result<Received, Errno> {
    let total = pieces.iter().map(|piece| piece.size()).sum();
    let fd = socket.as_fd();
    match (socket.socket_kind()?, total) {
        // Nothing of a stream fits into no room, but there may be something to say about the socket.
        (Kind::LocalStream, 0) => match message::look(fd, pieces, libc::MSG_DONTWAIT) {
            Ok(_) | Err(Errno::AGAIN) => Ok(Received::default()),
            Err(error) => Err(error),
        },
        (Kind::LocalStream, 2..) => stream::receive(fd, pieces, total, flags),
        // One byte is never more than comes before the next descriptors.
        (Kind::LocalStream | Kind::Stream, _) => message::receive(fd, pieces, flags),
        (Kind::LocalMessages | Kind::Messages, _) => {
            // Linux takes a datagram out of the socket before it finds that there is no memory for it.
            if total <= LITTLE {
                for piece in pieces {
                    thread.memory().probe_write(piece.range(thread.memory().region())?)?;
                }
            } else {
                message::look(fd, pieces, flags)?;
            }
            message::receive(fd, pieces, flags)
        }
    }
}

/// Gives the program what was received.
fn store(
    thread: &Thread,
    socket: &Guard<'_, Object>,
    received: Received,
    room: GuestSliceMut<Fd>,
) -> Result<RecvOut, Errno> {
    let Received { bytes, descriptors, lost_descriptors, lost_data } = received;
    let mut flags = Roflags::empty();
    if lost_data {
        flags |= Roflags::DATA_TRUNCATED;
    }
    let mut stored = 0;
    if !descriptors.is_empty() || lost_descriptors {
        let mut arrived = arrive(descriptors, lost_descriptors, socket.rights().inheriting);
        let sent = arrived.len() as u64;
        if sandbox::refuses_directories() && !socket.has_foreign_directories() {
            // From the first one on, so that the program does not take another one for it.
            let end = arrived.iter().position(|new| new.object.leads_elsewhere());
            arrived.truncate(end.unwrap_or(arrived.len()));
        }
        stored = open(thread, arrived, room)?;
        // Whoever gives no room at all does not want any: upstream's C library counts on not being told then.
        if !room.is_empty() && (stored < sent || lost_descriptors) {
            flags |= Roflags::FDS_TRUNCATED;
        }
    }
    Ok(RecvOut { ro_datalen: bytes, ro_fdslen: stored, ro_flags: flags, ..RecvOut::ZERO })
}

/// Makes of descriptors, as they come out of a socket, what the program can be given. They carry no more rights than
/// what is made from the socket may.
fn arrive(mut descriptors: Vec<OwnedFd>, some_lost: bool, most: Rights) -> Vec<New<Object>> {
    if some_lost {
        // The last are lost first, and with them what the others may be used for.
        return Vec::new();
    }
    let most = RightsPair { base: most, inheriting: most };
    let luggage = descriptors.last().and_then(|last| luggage::unpack(last, descriptors.len() - 1));
    let Some(Luggage { labels, .. }) = luggage else {
        return descriptors.into_iter().map(|fd| New::unsettled(Object::foreign(fd), most)).collect();
    };
    drop(descriptors.pop());
    let mut descriptors = descriptors.into_iter();
    let each = labels.iter().map_while(|label| {
        let (first, second) = (descriptors.next()?, if label.two { descriptors.next() } else { None });
        Some(New::unsettled(Object::received(first, second, label), label.rights.intersection(most)))
    });
    each.collect()
}

/// Gives descriptors numbers and tells them to the program, as many as there is room for. The others are closed.
fn open(thread: &Thread, descriptors: Vec<New<Object>>, room: GuestSliceMut<Fd>) -> Result<u64, Errno> {
    let table = &thread.process.descriptors;
    let fit = usize::try_from(room.len()).unwrap_or(usize::MAX);
    let numbers = descriptors.into_iter().take(fit).map_while(|new| table.insert(new).ok());
    let numbers: Vec<Fd> = numbers.collect();
    if let Err(fault) = room.store(thread.memory(), &numbers) {
        // The memory was there when the call began.
        for number in numbers {
            drop(table.remove(number));
        }
        return Err(fault.into());
    }
    Ok(numbers.len() as u64)
}
