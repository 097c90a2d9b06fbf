//! Messages that take something unusual to see: descriptors of odd kinds, a forbidden call, no service manager.

use std::io::Write as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};

use cloudabi_test_support::{guest, runner, scratch};
use rustix::fs::{Mode, OFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::session::Session;

/// What the command says when the program `hello` is started with these arguments, with another descriptor as number 3.
fn said(prepare: impl FnOnce(&mut Command) -> &mut Command, third: Option<OwnedFd>) -> String {
    let mut command = Command::new(runner());
    command.stdin(Stdio::null());
    prepare(&mut command);
    if let Some(fd) = &third {
        let number = fd.as_raw_fd();
        // SAFETY: between fork and exec, only a call is made that touches no memory. The descriptor is open meanwhile.
        unsafe {
            command.pre_exec(move || {
                let fd = std::os::fd::BorrowedFd::borrow_raw(number);
                let mut third = std::mem::ManuallyDrop::new(std::os::fd::FromRawFd::from_raw_fd(3));
                Ok(rustix::io::dup2(fd, &mut third)?)
            });
        }
    }
    let Output { stderr, .. } = command.arg(guest("hello")).output().expect("it is there");
    String::from_utf8_lossy(&stderr).replace(&*guest("hello").to_string_lossy(), "[program]")
}

#[test]
fn what_programs_cannot_be_given() {
    let path = rustix::fs::open("/dev/null", OFlags::PATH, Mode::empty()).expect("it is there");
    let kind = SocketType::SEQPACKET;
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, kind, SocketFlags::empty(), None).expect("a socket");
    // Neither is a file of a kind that there is a name for.
    let events =
        rustix::event::eventfd(0, rustix::event::EventfdFlags::empty()).expect("there are descriptors left");
    let all: String = [path, socket, events]
        .map(|third| said(|command| command.args(["--fd", "output=stdout", "--fd", "odd=3"]), Some(third)))
        .concat();
    insta::assert_snapshot!("odd_descriptors", all);
}

#[test]
fn warnings() {
    let mut all = String::new();
    for mode in ["--sandbox=landlock", "--sandbox=none"] {
        all += &said(|command| command.args([mode, "--fd", "output=stdout"]), None);
    }
    let nobody = "/no/such/socket";
    all += &said(|command| command.args(["--fd", "output=stdout"]).env("NOTIFY_SOCKET", nobody), None);
    insta::assert_snapshot!("warnings", all);
}

#[test]
fn configurations_that_are_too_large() {
    let folder = scratch();
    let mut file = std::fs::File::create(folder.path().join("large.yaml")).expect("it is ours");
    file.write_all(b"#").expect("it is ours");
    file.set_len((16 << 20) + 1).expect("it is ours");
    let large = folder.path().join("large.yaml");
    insta::assert_snapshot!("too_large", said(|command| command.arg("--config").arg(large), None));
}

#[test]
fn a_call_that_the_sandbox_kills_is_named() {
    if !cfg!(target_arch = "x86_64") {
        // The script has the numbers of that processor's calls.
        return;
    }
    let folder = scratch();
    let config = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\nscript: a = 101 16 1 0 0\n";
    let config = folder.write("config.yaml", config);
    let mut command = Command::new(runner());
    let output = command.arg("--config").arg(config).arg(guest("hostile")).output().expect("it is there");
    let said =
        String::from_utf8_lossy(&output.stderr).replace(&*guest("hostile").to_string_lossy(), "[program]");
    insta::assert_snapshot!("forbidden_call", said);
}

/// A descriptor that is no socket, and through which nothing comes.
#[test]
fn directories_come_through_sockets_only() {
    let folder = scratch();
    let config =
        "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd {number: stdin, foreign_directories: true}\n";
    let config = folder.write("config.yaml", config);
    let said = said(|command| command.arg("--config").arg(&config), None);
    insta::assert_snapshot!(said.replace(&*folder.path().to_string_lossy(), "[folder]"));
}

/// Somebody who forgets the configuration is not left to wonder what it waits for.
#[test]
fn a_configuration_from_the_terminal() {
    let folder = scratch();
    folder.write("start", format!("{} {}\n", runner().display(), guest("hello").display()));
    let Some(mut session) = Session::start("a configuration from the terminal", folder) else { return };
    session.enter("sh ./start");
    let said = session.expect("\r\n");
    insta::assert_snapshot!(said);
    session.keys("- no\n");
    session.keys([0x04]);
    session.expect(crate::session::PROMPT);
    session.end();
}
