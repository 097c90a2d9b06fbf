//! Listening sockets, of which connections are received. Somebody outside has made all connections already, and has said
//! `hello` on each.

use alloc::vec::Vec;

use cloudabi_sys::{
    Errno, EventPayload, Eventrwflags, Eventtype, Fd, Fdflags, Fdsflags, Filetype, Riflags, Rights, Roflags,
    Sdflags, Subscription, SubscriptionFdReadwrite,
};

use super::messages::{expect, nonblock, receive, receive_with, send};
use crate::calls;
use crate::environment::{Environment, SOCKET, without};
use crate::report::{Ending, Outcome, Test, fails, fails_with_one_of, holds, same};

/// Sockets that listen, within the machine and on a network.
const LISTENERS: [&str; 2] = ["listener", "network"];

/// Takes a connection.
fn accept(listener: Fd) -> Result<Fd, Ending> {
    let message = receive_with(listener, 16, 3, Riflags::empty())?;
    same((message.data.len(), message.fds.len(), message.flags), (0, 1, Roflags::empty()))?;
    message.fds.first().copied().ok_or(Ending::from(Errno::PROTO))
}

/// Whether the descriptor is readable now.
fn readable(fd: Fd) -> Result<bool, Ending> {
    let arm = SubscriptionFdReadwrite { fd, ..SubscriptionFdReadwrite::ZERO };
    let now = cloudabi_sys::SubscriptionClock {
        clock_id: cloudabi_sys::Clockid::MONOTONIC,
        ..cloudabi_sys::SubscriptionClock::ZERO
    };
    let subscriptions =
        [Subscription::ZERO.with_fd_readwrite(Eventtype::FD_READ, arm), Subscription::ZERO.with_clock(now)];
    let mut events = [cloudabi_sys::Event::ZERO; 2];
    let count = calls::poll(&subscriptions, &mut events)?;
    let event = events.iter().take(count).find(|event| event.r#type == Eventtype::FD_READ);
    if let Some(event) = event {
        same(event.error, Errno::SUCCESS)?;
        let EventPayload::FdReadwrite(state) = event.payload() else { return Ok(false) };
        same(state.flags, Eventrwflags::empty())?;
    }
    Ok(event.is_some())
}

pub const TESTS: &[Test] = &[
    ("sock_recv/behaviour/accepts a connection", |environment| {
        for name in LISTENERS {
            let listener = environment.given(name)?;
            let first = accept(listener)?;
            let second = accept(listener)?;
            holds(first != second, "each is another one")?;
            for connection in [first, second] {
                let stat = calls::fd_stat(connection)?;
                same(stat.fs_filetype, Filetype::SOCKET_STREAM)?;
                same(stat.fs_flags, Fdflags::empty())?;
                same(stat.fs_rights_base, SOCKET)?;
                expect(receive(connection), b"hello", 0)?;
                same(send(connection, b"good day", &[])?, 8)?;
                same(calls::write(connection, b"!")?, 1)?;
                nonblock(connection)?;
                fails(receive(connection), Errno::AGAIN)?;
                calls::sock_shutdown(connection, Sdflags::WR)?;
                fails(send(connection, b"x", &[]), Errno::PIPE)?;
                calls::close(connection)?;
            }
        }
        Ok(())
    }),
    (
        "sock_recv/behaviour/a connection has the rights that the listening socket lets inherit",
        |environment| {
            for name in LISTENERS {
                let narrow = without(environment.given(name)?, Rights::empty(), Rights::FD_WRITE)?;
                let connection = accept(narrow)?;
                same(calls::fd_stat(connection)?.fs_rights_base, SOCKET - Rights::FD_WRITE)?;
                fails(calls::write(connection, b"x"), Errno::NOTCAPABLE)?;
                expect(receive(connection), b"hello", 0)?;
                calls::close(connection)?;
                calls::close(narrow)?;
            }
            Ok(())
        },
    ),
    ("sock_recv/error/notsup", |environment| {
        for name in LISTENERS {
            let listener = environment.given(name)?;
            fails(receive_with(listener, 16, 1, Riflags::PEEK), Errno::NOTSUP)?;
            holds(readable(listener)?, "the connection is still there")?;
        }
        Ok(())
    }),
    ("sock_recv/error/inval/no room for a connection", |environment| {
        for name in LISTENERS {
            let listener = environment.given(name)?;
            fails(receive_with(listener, 16, 0, Riflags::empty()), Errno::INVAL)?;
            holds(readable(listener)?, "the connection is still there")?;
        }
        Ok(())
    }),
    ("sock_recv/error/mfile", |environment| {
        for name in LISTENERS {
            let listener = environment.given(name)?;
            let mut filling = Vec::new();
            let full = loop {
                match calls::dup(listener) {
                    Ok(fd) => filling.push(fd),
                    full => break full,
                }
            };
            let refused = receive_with(listener, 16, 1, Riflags::empty());
            filling.into_iter().try_for_each(calls::close)?;
            fails(full, Errno::MFILE)?;
            fails(refused.map(|message| message.fds), Errno::MFILE)?;
            // It is still there.
            let connection = accept(listener)?;
            expect(receive(connection), b"hello", 0)?;
            calls::close(connection)?;
        }
        Ok(())
    }),
    ("sock_recv/error/again/no connection", |environment| {
        let idle = environment.given("idle")?;
        nonblock(idle)?;
        let refused = receive_with(idle, 16, 1, Riflags::empty());
        let stat = calls::wish(Fdflags::empty(), Rights::empty(), Rights::empty());
        calls::fd_stat_put(idle, &stat, Fdsflags::FLAGS)?;
        fails(refused.map(|message| message.fds), Errno::AGAIN)
    }),
    ("sock_recv/error/notcapable/a listening socket", |environment| {
        let less = without(environment.given("listener")?, Rights::FD_READ, Rights::empty())?;
        fails(receive(less).map(|message| message.fds), Errno::NOTCAPABLE)?;
        Ok(calls::close(less)?)
    }),
    ("sock_send/error/notconn/a listening socket", |environment| {
        for name in LISTENERS {
            let sent = send(environment.given(name)?, b"x", &[]);
            // A network's socket has one more way to say that there is no other end.
            fails_with_one_of(sent, &[Errno::NOTCONN, Errno::PIPE])?;
        }
        Ok(())
    }),
    ("sock_send/error/notsup", |environment| {
        let connection = accept(environment.given("network")?)?;
        fails(send(connection, b"x", &[environment.granted()]), Errno::NOTSUP)?;
        same(send(connection, b"x", &[])?, 1)?;
        Ok(calls::close(connection)?)
    }),
    ("sock_send/behaviour/a listening socket and its connections can be sent", |environment| {
        let (ours, theirs) = environment.sockets(Filetype::SOCKET_STREAM)?;
        for name in LISTENERS {
            let connection = accept(environment.given(name)?)?;
            send(ours, b"x", &[connection, environment.given(name)?])?;
            calls::close(connection)?;
            let fds = expect(receive(theirs), b"x", 2)?;
            let [connection, listener] = fds[..] else { return holds(false, "two descriptors") };
            expect(receive(connection), b"hello", 0)?;
            same(calls::write(connection, b"x")?, 1)?;
            let another = accept(listener)?;
            expect(receive(another), b"hello", 0)?;
            for fd in [connection, listener, another] {
                calls::close(fd)?;
            }
        }
        Ok(())
    }),
    ("poll/behaviour/a listening socket", |environment| {
        for name in LISTENERS {
            holds(readable(environment.given(name)?)?, "connections are there")?;
        }
        holds(!readable(environment.given("idle")?)?, "no connection is there")
    }),
    ("poll/behaviour/a connection over a network", |environment| network(environment)),
];

fn network(environment: &Environment) -> Outcome {
    let connection = accept(environment.given("network")?)?;
    holds(readable(connection)?, "something was sent")?;
    expect(receive(connection), b"hello", 0)?;
    holds(!readable(connection)?, "and nothing more")?;
    Ok(calls::close(connection)?)
}
