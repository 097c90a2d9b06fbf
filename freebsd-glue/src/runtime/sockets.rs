//! Sockets: `fd_create2`, `sock_recv`, `sock_send`, `sock_shutdown`.
//!
//! Descriptors keep their Capsicum rights on the way through a socket, so that nothing has to be said about them.

mod control;

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use cloudabi_host::descriptors::{Guard, New, RightsPair};
use cloudabi_host::memory::{GuestMemory as _, GuestSliceMut, Region};
use cloudabi_host::pieces::{Piece, with_pieces};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::syscalls::NeededRights;
use cloudabi_host::types::{
    Errno, Fd, Fdflags, Filetype, RecvIn, RecvOut, Riflags, Roflags, Sdflags, SendIn, SendOut, Siflags,
};

use super::object::Object;
use super::{Thread, descriptors, error, last_error, raw, stop};
use crate::generated::{riflags_to_host, socket_type_to_host};
use control::{Control, MOST_DESCRIPTORS};

/// More bytes than one message has, as FreeBSD is configured by default: `kern.ipc.maxsockbuf` of socket(9).
const LONGEST_MESSAGE: u64 = 2 << 20;

/// `fd_create2`
pub fn create_pair(thread: &Thread, filetype: Filetype) -> Result<(Fd, Fd), Errno> {
    let kind = socket_type_to_host(filetype).map_err(|_| Errno::INVAL)?;
    let mut pair = [-1; 2];
    // SAFETY: there is room for two numbers.
    let result = unsafe { libc::socketpair(libc::AF_UNIX, kind | libc::SOCK_CLOEXEC, 0, pair.as_mut_ptr()) };
    if result != 0 {
        return Err(last_error());
    }
    // SAFETY: they were made just now.
    let pair = pair.map(|fd| Object::one_of_pair(unsafe { OwnedFd::from_raw_fd(fd) }, filetype));
    let [first, second] = pair.map(|object| {
        let rights = object.limit(RightsPair::ALL)?;
        Ok::<_, Errno>(New::unsettled(object, rights))
    });
    match thread.process.descriptors.insert_two([first?, second?]) {
        Ok([first, second]) => Ok((first, second)),
        Err((_, error)) => Err(error),
    }
}

/// `sock_shutdown`
pub fn shutdown(socket: &Object, how: Sdflags) -> Result<(), Errno> {
    let how = match (how.contains(Sdflags::RD), how.contains(Sdflags::WR)) {
        (true, true) => libc::SHUT_RDWR,
        (true, false) => libc::SHUT_RD,
        (false, true) => libc::SHUT_WR,
        (false, false) => return Err(Errno::INVAL),
    };
    // SAFETY: the call takes numbers only.
    if unsafe { libc::shutdown(socket.as_fd().as_raw_fd(), how) } == 0 { Ok(()) } else { Err(last_error()) }
}

/// A message with these pieces, and room for control messages.
fn header(pieces: &[Piece], control: &mut [u64]) -> libc::msghdr {
    // SAFETY: zeros are a value of the structure.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = pieces.as_ptr().cast_mut().cast();
    header.msg_iovlen = pieces.len() as _;
    if !control.is_empty() {
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = size_of_val(control) as _;
    }
    header
}

/// `sock_send`
pub fn send(thread: &Thread, socket: &Guard<'_, Object>, message: &SendIn) -> Result<SendOut, Errno> {
    if message.si_flags != Siflags::empty() {
        return Err(Errno::INVAL);
    }
    let memory = thread.memory();
    let region = memory.region();
    let (data, list) = (message.si_data_slice(region)?, message.si_fds_slice(region)?);
    if list.len() > MOST_DESCRIPTORS as u64 {
        return Err(Errno::INVAL);
    }
    let table = &thread.process.descriptors;
    let attached = list.iter(memory).map(|fd| table.look_up(fd?, NeededRights::NONE));
    let attached: Vec<Guard<'_, Object>> = attached.collect::<Result<_, _>>()?;
    // What is sent has the rights of the program's descriptor, which may be fewer than those of the kernel's.
    let copies = attached.iter().map(|guard| guard.copy_with(guard.rights()));
    let copies: Vec<OwnedFd> = copies.collect::<Result<_, _>>()?;
    let numbers: Vec<RawFd> = copies.iter().map(AsRawFd::as_raw_fd).collect();
    let mut control = Control::with(&numbers);
    let sent = with_pieces(memory, data, |pieces| {
        if !copies.is_empty() && socket.filetype() == Filetype::SOCKET_STREAM && size(pieces, region)? == 0 {
            // Nothing would carry them.
            return Err(Errno::MSGSIZE);
        }
        let header = header(pieces, control.words());
        // SAFETY: the pieces lie in the program's memory, and the control message is in order.
        raw::again(|| unsafe {
            libc::sendmsg(socket.as_fd().as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL)
        })
    });
    let sent = sent.map_err(|error| match error {
        // So says a socket that does not take descriptors.
        Errno::INVAL if !copies.is_empty() => Errno::NOTSUP,
        error => when_sending(socket, error),
    })?;
    Ok(SendOut { so_datalen: sent })
}

/// How many bytes there are in all.
fn size(pieces: &[Piece], region: Region) -> Result<u64, Errno> {
    pieces.iter().try_fold(0, |all: u64, piece| Ok(all.saturating_add(piece.range(region)?.size())))
}

/// What a call answers that sends through a socket, where the kernel answers this.
pub fn when_sending(socket: &Object, error: Errno) -> Errno {
    match error {
        // Once the other end is gone, there is nobody to be connected with.
        Errno::NOTCONN | Errno::CONNREFUSED | Errno::CONNRESET => Errno::PIPE,
        Errno::DESTADDRREQ if socket.is_one_of_pair() => Errno::PIPE,
        error => error,
    }
}

/// `sock_recv`
pub fn receive(thread: &Thread, socket: &Guard<'_, Object>, message: &RecvIn) -> Result<RecvOut, Errno> {
    let flags = riflags_to_host(message.ri_flags).map_err(|_| Errno::INVAL)?;
    let memory = thread.memory();
    let region = memory.region();
    let (data, room) = (message.ri_data_slice(region)?, message.ri_fds_slice(region)?);
    // Descriptors must not get lost because nobody can be told their numbers. There are never more than these.
    let used = room.range().size().min((MOST_DESCRIPTORS * size_of::<Fd>()) as u64);
    memory.probe_write(room.range().part(0, used).ok_or(Errno::FAULT)?)?;
    if is_listening(socket) {
        if message.ri_flags.contains(Riflags::PEEK) {
            return Err(Errno::NOTSUP);
        }
        return accept(thread, socket, room);
    }
    // A message that stays delivers no descriptors: the kernel has them in a form of its own until it is taken out.
    let peeks = message.ri_flags.contains(Riflags::PEEK);
    let mut control = if peeks { Control::with(&[]) } else { Control::room() };
    let mut received = header(&[], &mut []);
    let bytes = with_pieces(memory, data, |pieces| {
        // The kernel takes a message out before it finds out where it can be stored.
        for piece in pieces {
            let range = piece.range(region)?;
            let size = range.size().min(LONGEST_MESSAGE);
            memory.probe_write(range.part(0, size).ok_or(Errno::FAULT)?)?;
        }
        raw::again(|| {
            received = header(pieces, control.words());
            // SAFETY: the pieces lie in the program's memory, and there is so much room for control messages.
            unsafe {
                let flags = flags | libc::MSG_CMSG_CLOEXEC;
                libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut received, flags)
            }
        })
    })?;
    // SAFETY: the kernel has just put this message's descriptors there, which nobody else knows of.
    let arrived = if peeks { Vec::new() } else { unsafe { control.take(received.msg_controllen as usize) } };
    let mut out = RecvOut { ro_datalen: bytes, ..RecvOut::ZERO };
    if received.msg_flags & libc::MSG_TRUNC != 0 {
        out.ro_flags |= Roflags::DATA_TRUNCATED;
    }
    let lost = !peeks && received.msg_flags & libc::MSG_CTRUNC != 0;
    let sent = arrived.len() as u64;
    out.ro_fdslen = open(thread, socket, arrived, room)?;
    if !room.is_empty() && (out.ro_fdslen < sent || lost) {
        out.ro_flags |= Roflags::FDS_TRUNCATED;
    }
    Ok(out)
}

/// Gives descriptors numbers and tells them to the program, as many as there is room for. The others are closed.
fn open(
    thread: &Thread,
    socket: &Guard<'_, Object>,
    arrived: Vec<OwnedFd>,
    room: GuestSliceMut<Fd>,
) -> Result<u64, Errno> {
    let most = socket.rights().inheriting;
    let fit = usize::try_from(room.len()).unwrap_or(usize::MAX);
    let numbers = arrived.into_iter().take(fit).map_while(|fd| {
        let (object, rights) = Object::received(fd).ok()?;
        let rights = rights.intersection(RightsPair { base: most, inheriting: most });
        descriptors::insert(thread, object, rights).ok()
    });
    let numbers: Vec<Fd> = numbers.collect();
    if let Err(fault) = room.store(thread.memory(), &numbers) {
        // The memory was there when the call began.
        for number in numbers {
            drop(thread.process.descriptors.remove(number));
        }
        return Err(fault.into());
    }
    Ok(numbers.len() as u64)
}

/// Whether a socket waits for connections.
fn is_listening(socket: &Object) -> bool {
    rustix::net::sockopt::socket_acceptconn(socket).unwrap_or(false)
}

/// Waits for a connection and stores its descriptor.
fn accept(thread: &Thread, socket: &Guard<'_, Object>, room: GuestSliceMut<Fd>) -> Result<RecvOut, Errno> {
    if room.is_empty() {
        return Err(Errno::INVAL);
    }
    let connection = loop {
        match rustix::net::accept_with(socket.as_fd(), rustix::net::SocketFlags::CLOEXEC) {
            Ok(connection) => break connection,
            // It broke before anybody took it.
            Err(rustix::io::Errno::CONNABORTED) => {}
            Err(rustix::io::Errno::INTR) => stop::interrupted(),
            Err(errno) => return Err(error(errno)),
        }
    };
    let most = socket.rights().inheriting;
    let object = Object::new(connection, Fdflags::empty())?;
    let number = descriptors::insert(thread, object, RightsPair { base: most, inheriting: most })?;
    if let Err(fault) = room.store(thread.memory(), &[number]) {
        drop(thread.process.descriptors.remove(number));
        return Err(fault.into());
    }
    Ok(RecvOut { ro_fdslen: 1, ..RecvOut::ZERO })
}
