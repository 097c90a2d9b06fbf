//! Directories that come from processes that are not held in: refused, unless the socket's grant or an option says otherwise.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cloudabi_test_support::{Scratch, guest, runner, scratch};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

/// A file, a directory with the file `inside`, and a file, in one message.
fn send(folder: &Scratch, socket: impl AsFd) {
    let directory = folder.path().join("elsewhere");
    std::fs::create_dir(&directory).expect("a folder can be made");
    let file = directory.join("inside");
    std::fs::write(&file, "a text").expect("the folder can be written to");
    let open = |path: &std::path::Path| File::open(path).expect("it is there");
    let [first, second, third] = [open(&file), open(&directory), open(&file)];
    let fds = [first.as_fd(), second.as_fd(), third.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    sendmsg(socket, &[IoSlice::new(b"x")], &mut control, SendFlags::empty()).expect("there is room");
}

/// Starts the program, whose standard input is the socket if there is one.
fn start(folder: &Scratch, options: &[&str], grants: &str, socket: Option<BorrowedFd<'_>>) -> Child {
    let text = format!("%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\n{grants}\n");
    let config = folder.write("config.yaml", &text);
    let mut command = Command::new(runner());
    command.args(options).arg("--config").arg(config).arg(guest("receive"));
    let socket: Option<OwnedFd> = socket.map(|socket| socket.try_clone_to_owned().expect("a descriptor"));
    command.stdin(socket.map_or(Stdio::null(), Stdio::from)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

fn output(child: Child) -> String {
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// What the program says that gets all of it through standard input.
fn through_standard_input(options: &[&str], grants: &str) -> String {
    let folder = scratch();
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let child = start(&folder, options, grants, Some(theirs.as_fd()));
    send(&folder, ours);
    output(child)
}

const REFUSED: &str = "1 bytes, 1 descriptors, lost true\n";
const ACCEPTED: &str = "1 bytes, 3 descriptors, lost false\ninside: a text\n";

#[test]
fn they_are_refused_with_what_comes_behind_them() {
    assert_eq!(through_standard_input(&[], "socket: !fd stdin"), REFUSED);
    let no = "socket: !fd {number: stdin, foreign_directories: false}";
    assert_eq!(through_standard_input(&[], no), REFUSED);
}

#[test]
fn a_grant_accepts_them() {
    let yes = "socket: !fd {number: stdin, foreign_directories: true}";
    assert_eq!(through_standard_input(&[], yes), ACCEPTED);
    // Of several mentions one is enough.
    assert_eq!(through_standard_input(&[], &format!("first: !fd 0\n{yes}")), ACCEPTED);
}

#[test]
fn an_option_accepts_them_from_every_socket() {
    assert_eq!(through_standard_input(&["--foreign-directories"], "socket: !fd stdin"), ACCEPTED);
}

#[test]
fn a_grant_of_one_socket_says_nothing_of_others() {
    let folder = scratch();
    let (path, other) = (folder.path().join("socket"), folder.path().join("other"));
    let grants = format!(
        "socket: !unix_listener {{path: {path:?}}}\nlistens: true\n\
         other: !unix_listener {{path: {other:?}, foreign_directories: true}}"
    );
    assert_eq!(through_connection(&folder, &grants), REFUSED);
}

#[test]
fn connections_are_as_the_socket_that_they_come_from() {
    let folder = scratch();
    let path = folder.path().join("socket");
    let grants =
        format!("socket: !unix_listener {{path: {path:?}, foreign_directories: true}}\nlistens: true");
    assert_eq!(through_connection(&folder, &grants), ACCEPTED);
}

/// What the program says that gets all of it through a connection to `socket`.
fn through_connection(folder: &Scratch, grants: &str) -> String {
    let mut child = start(folder, &[], grants, None);
    let path = folder.path().join("socket");
    let connection = loop {
        match UnixStream::connect(&path) {
            Ok(connection) => break connection,
            // It does not listen yet.
            Err(_) if child.try_wait().expect("a child").is_none() => {
                std::thread::sleep(Duration::from_millis(1))
            }
            Err(error) => panic!("{error}: {}", output(child)),
        }
    };
    send(folder, &connection);
    output(child)
}
