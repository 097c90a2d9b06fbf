//! Reading from and writing to sockets as to any other descriptor.

use alloc::vec;

use cloudabi_sys::{Errno, Fd, Fdflags, Fdsflags, Filetype, Rights};

use crate::calls;
use crate::environment::SOCKET;
use crate::report::{Ending, Outcome, Test, fails, fails_with_one_of, holds, same};

pub const TESTS: &[Test] = &[
    ("fd_create2/behaviour/connected to each other", |environment| {
        for kind in [Filetype::SOCKET_STREAM, Filetype::SOCKET_DGRAM] {
            let (first, second) = environment.sockets(kind)?;
            holds(first != second, "two numbers")?;
            for end in [first, second] {
                let stat = calls::fd_stat(end)?;
                same(stat.fs_filetype, kind)?;
                same(stat.fs_flags, Fdflags::empty())?;
                same(stat.fs_rights_base, SOCKET)?;
                same(stat.fs_rights_inheriting, Rights::all())?;
            }
            let mut buffer = [0; 8];
            same(calls::write(first, b"ping")?, 4)?;
            same(calls::read(second, &mut buffer)?, 4)?;
            same(&buffer, b"ping\0\0\0\0")?;
            same(calls::write(second, b"pong")?, 4)?;
            same(calls::read(first, &mut buffer)?, 4)?;
            same(&buffer, b"pong\0\0\0\0")?;
            calls::close(first)?;
            calls::close(second)?;
        }
        Ok(())
    }),
    ("fd_read/behaviour/datagrams stay apart", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_DGRAM)?;
        calls::write(first, b"one")?;
        calls::write(first, b"")?;
        calls::write(first, b"three")?;
        let mut buffer = [0; 8];
        same(calls::read(second, &mut buffer)?, 3)?;
        same(calls::read(second, &mut buffer)?, 0)?;
        same(calls::read(second, &mut buffer[..2])?, 2)?;
        nonblock(second)?;
        fails(calls::read(second, &mut buffer), Errno::AGAIN)
    }),
    ("fd_read/behaviour/not past descriptors", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        calls::write(first, b"a")?;
        for text in [b"bc", b"fg"] {
            super::messages::send(first, text, &[second])?;
            calls::write(first, b"de")?;
        }
        let mut buffer = [0; 16];
        for expected in [&b"a"[..], b"bcde", b"fgde"] {
            let count = calls::read(second, &mut buffer)?;
            same(buffer.get(..count), Some(expected))?;
        }
        nonblock(second)?;
        fails(calls::read(second, &mut buffer), Errno::AGAIN)
    }),
    ("fd_read/behaviour/the end of a stream", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        calls::write(first, b"last")?;
        calls::close(first)?;
        let mut buffer = [0; 8];
        same(calls::read(second, &mut buffer)?, 4)?;
        same(calls::read(second, &mut buffer)?, 0)
    }),
    ("fd_read/error/again", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        nonblock(second)?;
        fails(calls::read(second, &mut [0; 8]), Errno::AGAIN)?;
        calls::write(first, b"x")?;
        same(calls::read(second, &mut [0; 8])?, 1)
    }),
    ("fd_write/error/again", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        nonblock(first)?;
        let data = vec![0; 1 << 16];
        for _ in 0..1 << 12 {
            match calls::write(first, &data) {
                Ok(_) => {}
                full => return fails(full, Errno::AGAIN),
            }
        }
        holds(false, "a socket does not take everything")
    }),
    ("fd_read/error/connreset", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        // What the other end has not read when it goes away makes the difference to an orderly end.
        calls::write(second, b"unread")?;
        calls::close(first)?;
        match calls::read(second, &mut [0; 8]) {
            Ok(count) => same(count, 0),
            broken => fails(broken, Errno::CONNRESET),
        }
    }),
    ("fd_write/error/connreset", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        calls::write(second, b"unread")?;
        calls::close(first)?;
        fails_with_one_of(calls::write(second, b"x"), &[Errno::CONNRESET, Errno::PIPE])
    }),
    ("fd_write/error/pipe", |environment| {
        let (first, second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        calls::close(first)?;
        fails(calls::write(second, b"x"), Errno::PIPE)?;
        // Nobody is signalled, however often.
        fails(calls::write(second, b"x"), Errno::PIPE)
    }),
    ("fd_write/error/msgsize", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_DGRAM)?;
        nonblock(first)?;
        fails(calls::write(first, &vec![0; 4 << 20]), Errno::MSGSIZE)
    }),
    ("fd_write/error/destaddrreq", |environment| {
        let socket = environment.given("datagram")?;
        fails_with_one_of(calls::write(socket, b"x"), &[Errno::DESTADDRREQ, Errno::NOTCONN])
    }),
    ("fd_read/error/notconn", |environment| {
        let socket = environment.given("stream")?;
        nonblock(socket)?;
        fails(calls::read(socket, &mut [0; 8]), Errno::NOTCONN)
    }),
    ("fd_write/error/notconn", |environment| {
        let socket = environment.given("stream")?;
        nonblock(socket)?;
        fails_with_one_of(calls::write(socket, b"x"), &[Errno::NOTCONN, Errno::PIPE])
    }),
    ("fd_pread/behaviour/not for sockets", |environment| {
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        fails_with_one_of(calls::pread(first, &mut [0; 8], 0), &[Errno::SPIPE, Errno::NOTCAPABLE])
    }),
];

fn nonblock(fd: Fd) -> Outcome {
    let stat = calls::wish(Fdflags::NONBLOCK, Rights::empty(), Rights::empty());
    calls::fd_stat_put(fd, &stat, Fdsflags::FLAGS).map_err(Ending::from)
}
