//! Sending and receiving messages, with descriptors.

use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{
    Errno, Fd, Fdflags, Fdsflags, Filetype, Mflags, Mprot, RecvIn, RecvOut, Riflags, Rights, Roflags,
    Sdflags, SendIn, Siflags, Whence,
};

use crate::calls;
use crate::environment::{Environment, REGULAR, SHARED_MEMORY, SOCKET, without};
use crate::report::{Ending, Outcome, Test, fails, fails_with_one_of, holds, same};

/// What a call has received.
#[derive(Debug)]
pub struct Message {
    pub data: Vec<u8>,
    pub fds: Vec<Fd>,
    pub flags: Roflags,
}

/// Sends bytes and descriptors. How many bytes were sent.
pub fn send(socket: Fd, data: &[u8], fds: &[Fd]) -> Result<usize, Errno> {
    let pieces = [calls::from(data)];
    let message = SendIn {
        si_data: pieces.as_ptr(),
        si_data_len: pieces.len(),
        si_fds: fds.as_ptr(),
        si_fds_len: fds.len(),
        ..SendIn::ZERO
    };
    calls::send(socket, &message).map(|out| out.so_datalen)
}

fn receive_into(socket: Fd, data: &mut [u8], fds: &mut [Fd], flags: Riflags) -> Result<RecvOut, Errno> {
    let pieces = [calls::into(data)];
    let message = RecvIn {
        ri_data: pieces.as_ptr(),
        ri_data_len: pieces.len(),
        ri_fds: fds.as_mut_ptr(),
        ri_fds_len: fds.len(),
        ri_flags: flags,
        ..RecvIn::ZERO
    };
    calls::receive(socket, &message)
}

/// Receives with this much room for bytes and for descriptors.
pub fn receive_with(socket: Fd, room: usize, fds: usize, flags: Riflags) -> Result<Message, Errno> {
    let (mut data, mut fds) = (vec![0; room], vec![Fd(0); fds]);
    let out = receive_into(socket, &mut data, &mut fds, flags)?;
    data.truncate(out.ro_datalen);
    fds.truncate(out.ro_fdslen);
    Ok(Message { data, fds, flags: out.ro_flags })
}

pub fn receive(socket: Fd) -> Result<Message, Errno> {
    receive_with(socket, 1000, 100, Riflags::empty())
}

pub fn nonblock(fd: Fd) -> Outcome {
    let stat = calls::wish(Fdflags::NONBLOCK, Rights::empty(), Rights::empty());
    calls::fd_stat_put(fd, &stat, Fdsflags::FLAGS).map_err(Ending::from)
}

/// The next message has this text and so many descriptors, and nothing of it was lost.
#[track_caller]
pub fn expect(message: Result<Message, Errno>, data: &[u8], fds: usize) -> Result<Vec<Fd>, Ending> {
    let message = message?;
    same(message.data.as_slice(), data)?;
    same(message.fds.len(), fds)?;
    same(message.flags, Roflags::empty())?;
    Ok(message.fds)
}

const KINDS: [Filetype; 2] = [Filetype::SOCKET_STREAM, Filetype::SOCKET_DGRAM];

/// A descriptor that was sent and received.
fn carried(environment: &Environment, fd: Fd) -> Result<Fd, Ending> {
    let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
    same(send(first, b"x", &[fd])?, 1)?;
    let fds = expect(receive(second), b"x", 1)?;
    Ok(fds.first().copied().unwrap_or(Fd(u32::MAX)))
}

pub const TESTS: &[Test] = &[
    ("sock_send/behaviour/bytes", |environment| {
        for kind in KINDS {
            let (first, second) = environment.sockets(kind)?;
            same(send(first, b"ping", &[])?, 4)?;
            expect(receive(second), b"ping", 0)?;
            same(send(second, b"pong", &[])?, 4)?;
            expect(receive(first), b"pong", 0)?;
        }
        Ok(())
    }),
    ("sock_send/behaviour/descriptors in order", |environment| {
        for kind in KINDS {
            let (first, second) = environment.sockets(kind)?;
            let files: Vec<Fd> =
                (0..64u8).map(|number| environment.file(&[number])).collect::<Result<_, _>>()?;
            same(send(first, b"files", &files)?, 5)?;
            let received = expect(receive(second), b"files", 64)?;
            for (number, (file, copy)) in (0..).zip(files.into_iter().zip(received)) {
                holds(file != copy, "a new number")?;
                let mut byte = [0xff];
                calls::pread(copy, &mut byte, 0)?;
                same(byte, [number])?;
                calls::close(file)?;
                calls::close(copy)?;
            }
        }
        Ok(())
    }),
    ("sock_send/behaviour/the position is shared", |environment| {
        let file = environment.file(b"content")?;
        let copy = carried(environment, file)?;
        calls::seek(file, 3, Whence::SET)?;
        same(calls::seek(copy, 0, Whence::CUR)?, 3)
    }),
    ("sock_send/behaviour/rights travel along", |environment| {
        let file = environment.file(b"content")?;
        let limited = without(file, Rights::FD_WRITE | Rights::MEM_MAP_EXEC, Rights::empty())?;
        let copy = carried(environment, limited)?;
        let stat = calls::fd_stat(copy)?;
        same(stat.fs_filetype, Filetype::REGULAR_FILE)?;
        same(stat.fs_rights_base, environment.file_rights() - Rights::FD_WRITE - Rights::MEM_MAP_EXEC)?;
        same(stat.fs_rights_inheriting, Rights::empty())?;
        fails(calls::write(copy, b"x"), Errno::NOTCAPABLE)?;

        let directory =
            without(environment.granted(), Rights::FILE_UNLINK, Rights::FD_WRITE | Rights::FILE_UNLINK)?;
        let before = calls::fd_stat(directory)?;
        let after = calls::fd_stat(carried(environment, directory)?)?;
        same(after.fs_filetype, Filetype::DIRECTORY)?;
        same(after.fs_rights_base, before.fs_rights_base)?;
        same(after.fs_rights_inheriting, before.fs_rights_inheriting)?;

        let nothing = without(file, REGULAR, Rights::empty())?;
        same(calls::fd_stat(carried(environment, nothing)?)?.fs_rights_base, Rights::empty())
    }),
    ("sock_send/behaviour/sockets are sent too", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_DGRAM)?;
        let copy = carried(environment, first)?;
        calls::close(first)?;
        let stat = calls::fd_stat(copy)?;
        same(stat.fs_filetype, Filetype::SOCKET_DGRAM)?;
        same(stat.fs_rights_base, SOCKET)?;
        same(stat.fs_rights_inheriting, Rights::all())?;
        send(copy, b"through", &[])?;
        expect(receive(second), b"through", 0).map(drop)
    }),
    ("sock_send/behaviour/shared memory stays what it is", |environment| {
        let memory = calls::create1(Filetype::SHARED_MEMORY)?;
        let copy = carried(environment, memory)?;
        let stat = calls::fd_stat(copy)?;
        same(stat.fs_filetype, Filetype::SHARED_MEMORY)?;
        same(stat.fs_rights_base, SHARED_MEMORY)?;
        same(calls::fstat(copy)?.st_filetype, Filetype::SHARED_MEMORY)?;
        let again = carried(environment, copy)?;
        same(calls::fd_stat(again)?.fs_filetype, Filetype::SHARED_MEMORY)?;
        let size = environment.start.page_size();
        let wish = cloudabi_sys::Filestat { st_size: size as u64, ..cloudabi_sys::Filestat::ZERO };
        calls::fstat_put(memory, &wish, cloudabi_sys::Fsflags::SIZE)?;
        calls::map(size, Mprot::READ | Mprot::WRITE, Mflags::SHARED, again, 0)?;
        Ok(())
    }),
    ("sock_send/behaviour/what is closed after sending arrives", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let file = environment.file(b"content")?;
        send(first, b"x", &[file, file])?;
        calls::close(file)?;
        calls::close(first)?;
        for copy in expect(receive(second), b"x", 2)? {
            let mut buffer = [0; 7];
            calls::pread(copy, &mut buffer, 0)?;
            same(&buffer, b"content")?;
        }
        expect(receive(second), b"", 0).map(drop)
    }),
    ("sock_send/behaviour/more bytes than go at once", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        nonblock(first)?;
        let data: Vec<u8> = (0..1 << 20).map(|index| (index % 251) as u8).collect();
        let sent = send(first, &data, &[first])?;
        holds(sent > 0, "something was sent")?;
        let mut all = Vec::new();
        let mut fds = Vec::new();
        while all.len() < sent {
            let message = receive_with(second, 1 << 20, 2, Riflags::empty())?;
            holds(!message.data.is_empty(), "there is more")?;
            same(message.flags, Roflags::empty())?;
            all.extend(message.data);
            fds.extend(message.fds);
        }
        same(fds.len(), 1)?;
        holds(Some(all.as_slice()) == data.get(..sent), "the bytes are the same")
    }),
    ("sock_recv/behaviour/streams run together, messages with descriptors do not", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let file = environment.file(b"")?;
        send(first, b"one", &[])?;
        send(first, b"two", &[])?;
        send(first, b"three", &[file])?;
        send(first, b"four", &[])?;
        send(first, b"five", &[file, file])?;
        send(first, b"six", &[file])?;
        expect(receive(second), b"onetwo", 0)?;
        // What follows without descriptors may come along.
        let message = receive(second)?;
        same(message.fds.len(), 1)?;
        if message.data != b"threefour" {
            same(message.data.as_slice(), b"three")?;
            expect(receive(second), b"four", 0)?;
        }
        expect(receive(second), b"five", 2)?;
        expect(receive(second), b"six", 1).map(drop)
    }),
    ("sock_recv/behaviour/datagrams stay apart", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_DGRAM)?;
        let file = environment.file(b"")?;
        send(first, b"one", &[])?;
        send(first, b"", &[file])?;
        send(first, b"", &[])?;
        send(first, b"three", &[])?;
        expect(receive(second), b"one", 0)?;
        expect(receive(second), b"", 1)?;
        expect(receive(second), b"", 0)?;
        let short = receive_with(second, 2, 0, Riflags::empty())?;
        same(short.data.as_slice(), b"th")?;
        same(short.flags, Roflags::DATA_TRUNCATED)?;
        nonblock(second)?;
        fails(receive(second).map(drop), Errno::AGAIN)
    }),
    ("sock_recv/behaviour/descriptors without room", |environment| {
        for kind in KINDS {
            let (first, second) = environment.sockets(kind)?;
            let pieces: Vec<Fd> = (0..3).map(|_| calls::dup(first)).collect::<Result<_, _>>()?;
            send(first, b"abc", &pieces)?;
            let message = receive_with(second, 10, 2, Riflags::empty())?;
            same(message.data.as_slice(), b"abc")?;
            same(message.fds.len(), 2)?;
            same(message.flags, Roflags::FDS_TRUNCATED)?;
            send(first, b"def", &pieces)?;
            let message = receive_with(second, 10, 0, Riflags::empty())?;
            same(message.data.as_slice(), b"def")?;
            // Whoever wants none is not told of them.
            same(message.flags, Roflags::empty())?;
            // Without room, but nothing was sent.
            send(first, b"ghi", &[])?;
            expect(receive_with(second, 10, 0, Riflags::empty()), b"ghi", 0)?;
        }
        Ok(())
    }),
    ("sock_recv/behaviour/nothing leaks", |environment| {
        // The other end notices that nobody has a dropped descriptor.
        for kind in KINDS {
            for by_reading in [true, false] {
                let (first, second) = environment.sockets(kind)?;
                let (kept, sent) = environment.sockets(Filetype::SOCKET_STREAM)?;
                send(first, b"abc", &[sent])?;
                calls::close(sent)?;
                let mut buffer = [0; 10];
                let count = if by_reading {
                    calls::read(second, &mut buffer)?
                } else {
                    receive_into(second, &mut buffer, &mut [], Riflags::empty())?.ro_datalen
                };
                same(count, 3)?;
                same(calls::read(kept, &mut buffer)?, 0)?;
            }
        }
        Ok(())
    }),
    ("sock_recv/behaviour/peeking", |environment| {
        for kind in KINDS {
            let (first, second) = environment.sockets(kind)?;
            let file = environment.file(b"")?;
            send(first, b"abc", &[file])?;
            for _ in 0..2 {
                expect(receive_with(second, 10, 10, Riflags::PEEK), b"abc", 1)?;
            }
            let message = receive_with(second, 2, 10, Riflags::PEEK)?;
            same(message.data.as_slice(), b"ab")?;
            expect(receive(second), b"abc", 1)?;
            nonblock(second)?;
            fails(receive_with(second, 10, 10, Riflags::PEEK).map(drop), Errno::AGAIN)?;
        }
        Ok(())
    }),
    ("sock_recv/behaviour/waiting for all", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        send(first, b"abc", &[])?;
        send(first, b"def", &[])?;
        expect(receive_with(second, 5, 1, Riflags::WAITALL), b"abcde", 0)?;
        send(first, b"g", &[first])?;
        expect(receive_with(second, 5, 1, Riflags::WAITALL), b"f", 0)?;
        calls::sock_shutdown(first, Sdflags::WR)?;
        expect(receive_with(second, 5, 1, Riflags::WAITALL), b"g", 1)?;
        expect(receive_with(second, 5, 1, Riflags::WAITALL), b"", 0).map(drop)
    }),
    ("sock_recv/behaviour/rights are bounded by what the socket lets inherit", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let file = environment.file(b"content")?;
        let narrow = without(second, Rights::empty(), Rights::FD_WRITE)?;
        send(first, b"x", &[file])?;
        let fds = expect(receive(narrow), b"x", 1)?;
        let rights = environment.file_rights() - Rights::FD_WRITE;
        same(calls::fd_stat(*fds.first().unwrap_or(&file))?.fs_rights_base, rights)
    }),
    ("sock_recv/behaviour/a full table", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let file = environment.file(b"")?;
        send(first, b"x", &[file, file, file])?;
        let mut filling = Vec::new();
        let full = loop {
            match calls::dup(file) {
                Ok(fd) => filling.push(fd),
                full => break fails(full, Errno::MFILE),
            }
        };
        // Room for one.
        let freed = filling.pop().map_or(Ok(()), calls::close);
        let message = receive(second);
        filling.into_iter().try_for_each(calls::close)?;
        full?;
        freed?;
        let message = message?;
        same(message.data.as_slice(), b"x")?;
        same(message.fds.len(), 1)?;
        same(message.flags, Roflags::FDS_TRUNCATED)
    }),
    ("sock_shutdown/behaviour/each direction", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        send(first, b"last", &[])?;
        calls::sock_shutdown(first, Sdflags::WR)?;
        fails(send(first, b"x", &[]), Errno::PIPE)?;
        fails(calls::write(first, b"x"), Errno::PIPE)?;
        expect(receive(second), b"last", 0)?;
        expect(receive(second), b"", 0)?;
        send(second, b"back", &[])?;
        expect(receive(first), b"back", 0)?;
        calls::sock_shutdown(second, Sdflags::RD | Sdflags::WR)?;
        expect(receive(second), b"", 0)?;
        fails(send(second, b"x", &[]), Errno::PIPE)
    }),
    ("sock_shutdown/error/inval", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        fails(calls::sock_shutdown(first, Sdflags::empty()), Errno::INVAL)
    }),
    ("sock_shutdown/error/notconn", |environment| {
        // Linux notes the direction all the same. Of sending, nothing but errors is expected of this socket anyway.
        fails(calls::sock_shutdown(environment.given("stream")?, Sdflags::WR), Errno::NOTCONN)
    }),
    ("sock_send/error/again", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        nonblock(first)?;
        for _ in 0..1 << 12 {
            match send(first, &[0; 1 << 12], &[]) {
                Ok(_) => {}
                full => {
                    fails(full, Errno::AGAIN)?;
                    return fails(send(first, b"x", &[first]), Errno::AGAIN);
                }
            }
        }
        holds(false, "a socket does not take everything")
    }),
    ("sock_send/error/badf/descriptor to send", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let closed = environment.closed()?;
        fails(send(first, b"x", &[first, closed]), Errno::BADF)?;
        nonblock(second)?;
        fails(receive(second).map(drop), Errno::AGAIN)
    }),
    ("sock_send/error/pipe", |environment| {
        for kind in KINDS {
            let (first, second) = environment.sockets(kind)?;
            calls::close(first)?;
            fails(send(second, b"x", &[]), Errno::PIPE)?;
            // Nobody is signalled, however often.
            fails(send(second, b"x", &[second]), Errno::PIPE)?;
            fails(calls::write(second, b"x"), Errno::PIPE)?;
        }
        Ok(())
    }),
    ("sock_send/error/connreset", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        send(second, b"unread", &[])?;
        calls::close(first)?;
        fails_with_one_of(send(second, b"x", &[]), &[Errno::CONNRESET, Errno::PIPE])
    }),
    ("sock_recv/error/connreset", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        send(second, b"unread", &[])?;
        calls::close(first)?;
        match receive(second) {
            Ok(message) => same(message.data.len(), 0),
            broken => fails(broken.map(drop), Errno::CONNRESET),
        }
    }),
    ("sock_send/error/msgsize", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_DGRAM)?;
        nonblock(first)?;
        fails(send(first, &vec![0; 4 << 20], &[]), Errno::MSGSIZE)?;
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        fails(send(first, b"", &[first]), Errno::MSGSIZE)
    }),
    ("sock_send/error/destaddrreq", |environment| {
        fails(send(environment.given("datagram")?, b"x", &[]), Errno::DESTADDRREQ)
    }),
    ("sock_send/error/notconn", |environment| {
        let socket = environment.given("stream")?;
        nonblock(socket)?;
        fails_with_one_of(send(socket, b"x", &[]), &[Errno::NOTCONN, Errno::PIPE])
    }),
    ("sock_recv/error/notconn", |environment| {
        let socket = environment.given("stream")?;
        nonblock(socket)?;
        fails(receive(socket).map(drop), Errno::NOTCONN)
    }),
    ("sock_send/error/notsock", |environment| {
        let file = environment.file(b"")?;
        fails(send(file, b"x", &[]), Errno::NOTSOCK)?;
        fails(send(file, b"x", &[file]), Errno::NOTSOCK)
    }),
    ("sock_recv/error/notsock", |environment| {
        fails(receive(environment.file(b"")?).map(drop), Errno::NOTSOCK)
    }),
    ("sock_recv/error/again", |environment| {
        for kind in KINDS {
            let (_first, second) = environment.sockets(kind)?;
            nonblock(second)?;
            fails(receive(second).map(drop), Errno::AGAIN)?;
        }
        Ok(())
    }),
    ("sock_send/error/inval", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let message = SendIn { si_flags: Siflags::from_bits_retain(1), ..SendIn::ZERO };
        fails(calls::send(first, &message), Errno::INVAL)?;
        fails(send(first, b"x", &vec![first; 1000]), Errno::INVAL)
    }),
    ("sock_recv/error/inval", |environment| {
        let (_first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        fails(receive_with(second, 1, 1, Riflags::from_bits_retain(0x40)).map(drop), Errno::INVAL)
    }),
    ("sock_recv/error/fault/the message is still there", |environment| {
        let page = environment.start.page_size();
        let read_only = calls::map(page, Mprot::READ, Mflags::ANON | Mflags::PRIVATE, Fd::MAP_ANON_FD, 0)?;
        for kind in KINDS {
            let (first, second) = environment.sockets(kind)?;
            send(first, b"abc", &[first])?;
            let mut good = [0; 10];
            let (mut fds, bad_fds) = ([Fd(0); 2], read_only.cast());
            let bad = cloudabi_sys::Iovec { buf: read_only.cast(), buf_len: page };
            for (piece, fds) in [(bad, fds.as_mut_ptr()), (calls::into(&mut good), bad_fds)] {
                let pieces = [piece];
                let message = RecvIn {
                    ri_data: pieces.as_ptr(),
                    ri_data_len: 1,
                    ri_fds: fds,
                    ri_fds_len: 2,
                    ..RecvIn::ZERO
                };
                fails(calls::receive(second, &message).map(drop), Errno::FAULT)?;
            }
            expect(receive(second), b"abc", 1)?;
        }
        Ok(())
    }),
];
