//! Sockets, and waiting for them.

use alloc::vec;

use cloudabi::fs::{Dir, File};
use cloudabi::io::{ErrorKind, IoSlice, IoSliceMut, Read as _, Write as _};
use cloudabi::net::{Datagram, Listener, Shutdown, Stream};
use cloudabi::os::{AsFd as _, Authority, OwnedFd, Restrict as _};
use cloudabi::poll::{Happening, Interest, poll};
use cloudabi::process::{Fork, exit, fork};
use cloudabi::thread;
use cloudabi::time::{Duration, Instant, SystemTime};

pub fn streams() {
    let (mut one, mut other) = Stream::pair().expect("a pair");
    one.write_all(b"hello").expect("room");
    let mut bytes = [0; 16];
    assert_eq!(other.peek(&mut bytes).expect("there"), 5);
    assert_eq!(other.read(&mut bytes).expect("there"), 5);
    assert_eq!(&bytes[..5], b"hello");
    other.set_nonblocking(true).expect("allowed");
    assert_eq!(other.read(&mut bytes).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    other.set_nonblocking(false).expect("allowed");
    one.shutdown(Shutdown::Write).expect("connected");
    assert_eq!(other.read(&mut bytes).expect("the end"), 0);
    other.write_all(b"still").expect("the other way is open");
    let mut clone = one.try_clone().expect("a duplicate");
    assert_eq!(clone.read(&mut bytes).expect("there"), 5);
    drop((one, clone));
    assert_eq!(other.write(b"x").map_err(|error| error.kind()), Err(ErrorKind::BrokenPipe));
}

pub fn datagrams() {
    let (one, other) = Datagram::pair().expect("a pair");
    one.send(b"first").expect("room");
    one.send(b"").expect("room");
    one.send(b"a long one").expect("room");
    let mut bytes = [0; 6];
    assert_eq!(other.receive(&mut bytes).expect("there"), 5);
    assert_eq!(other.receive(&mut bytes).expect("there"), 0);
    let received = other.receive_with_fds(&mut [IoSliceMut::new(&mut bytes)], 0).expect("there");
    assert!(received.data_truncated && received.length == 6 && &bytes == b"a long");
}

/// Descriptors arrive, with the rights that they had, and not more than there is room for.
pub fn descriptors(dir: Dir) {
    dir.write("file", "text").expect("made");
    let file = dir.open("file").expect("there");
    let less = file.reduced(Authority::NONE).expect("a duplicate");
    let (one, other) = Stream::pair().expect("a pair");
    one.send_with_fds(&[IoSlice::new(b"ab")], &[file.as_fd(), less.as_fd(), one.as_fd()]).expect("room");
    let mut bytes = [0; 8];
    let received = other.receive_with_fds(&mut [IoSliceMut::new(&mut bytes)], 2).expect("there");
    assert_eq!((received.length, received.fds.len()), (2, 2));
    assert!(received.fds_truncated && !received.data_truncated);
    let [file, less]: [OwnedFd; 2] = received.fds.try_into().expect("two");
    assert_eq!(less.authority().expect("open"), Authority::NONE);
    let mut text = alloc::string::String::new();
    File::from(file).read_to_string(&mut text).expect("text");
    assert_eq!(text, "text");
}

pub fn polling() {
    let (mut one, other) = Stream::pair().expect("a pair");
    assert!(poll(&[]).expect("nothing").is_empty());
    let interests =
        [Interest::readable(&other, 1), Interest::writable(&other, 2), Interest::after(Duration::ZERO, 3)];
    let events = poll(&interests).expect("waited");
    assert!(events.iter().all(|event| event.token != 1));
    assert!(
        events
            .iter()
            .any(|event| matches!((event.token, &event.outcome), (2, Ok(Happening::Writable { .. }))))
    );
    one.write_all(b"abc").expect("room");
    let events = poll(&[Interest::readable(&other, 7)]).expect("waited");
    assert!(
        matches!(events[..], [ref event] if matches!(event.outcome, Ok(Happening::Readable { bytes: 3, hangup: false })))
    );
    drop(one);
    let events = poll(&[Interest::readable(&other, 7)]).expect("waited");
    assert!(matches!(events[0].outcome, Ok(Happening::Readable { hangup: true, .. })));
    // What is wrong with one of them is told by its event.
    let nothing = other.reduced(Authority::NONE).expect("a duplicate");
    let events = poll(&[Interest::readable(&nothing, 9)]).expect("waited");
    assert_eq!(
        events[0].outcome.as_ref().map_err(|error| error.kind()).map(drop),
        Err(ErrorKind::NotCapable)
    );
}

pub fn waiting() {
    let deadline = Instant::now() + Duration::from_millis(3);
    let events =
        poll(&[Interest::at(deadline, 1), Interest::after(Duration::from_secs(60), 2)]).expect("waited");
    assert!(Instant::now() >= deadline && events.len() == 1 && events[0].token == 1);
    let events = poll(&[Interest::at_system_time(SystemTime::now(), 5)]).expect("waited");
    assert!(matches!(events[0].outcome, Ok(Happening::Time)));
    // Another thread makes it ready.
    let (mut one, other) = Stream::pair().expect("a pair");
    let writer = thread::spawn(move || one.write_all(b"x").map(|()| one)).expect("a thread");
    let events = poll(&[Interest::readable(&other, 1)]).expect("waited");
    assert_eq!(events[0].token, 1);
    writer.join().expect("written");
    // A process ends.
    match fork().expect("a process") {
        Fork::Child => exit(9.into()),
        Fork::Parent(child) => {
            let events = poll(&[Interest::exited(&child, 4), Interest::after(Duration::from_secs(60), 5)])
                .expect("waited");
            assert!(
                matches!(events[..], [ref event] if matches!(event.outcome, Ok(Happening::Exited(status)) if status.code() == Some(9.into())))
            );
        }
    }
}

/// Echoes what comes over one connection.
pub fn accepting(listener: Listener) {
    let mut connection = listener.accept().expect("a connection");
    let mut bytes = vec![0; 64];
    let count = connection.read(&mut bytes).expect("there");
    connection.write_all(&bytes[..count]).expect("room");
    listener.set_nonblocking(true).expect("allowed");
    assert_eq!(listener.accept().map(drop).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
}

/// Shuts down in all ways.
pub fn ends() {
    for how in [Shutdown::Read, Shutdown::Both] {
        let (one, mut other) = Stream::pair().expect("a pair");
        one.shutdown(how).expect("connected");
        assert_eq!((&one).read(&mut [0]).expect("the end"), 0);
        assert!(other.write(b"x").is_err());
    }
}
