//! Traces that nobody reads: they keep nobody from ending.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use cloudabi_test_support::{guest, runner};
use rustix::process::{Pid, Signal, kill_process};

/// `cloudabi-run` waits for whoever reads, for good, and ends all the same when it is asked to.
#[test]
fn a_signal_ends_who_waits_for_a_reader() {
    for mode in ["full", "none"] {
        let (unread, full) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).expect("a pipe");
        while rustix::io::write(&full, &[b'x'; 4096]).is_ok() {}
        // There is no room at all, and whoever writes waits.
        rustix::io::ioctl_fionbio(&full, false).expect("it is a pipe");
        let mut command = Command::new(runner());
        command.args([
            "--trace",
            &format!("--sandbox={mode}"),
            "--fd",
            "input=stdin",
            "--fd",
            "output=stdout",
        ]);
        command.arg(guest("lines")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(full);
        // Its warning would wait as well, before the program is there.
        if mode == "none" {
            rustix::io::read(&unread, &mut [0; 4096]).expect("it is full");
        }
        let mut child = command.spawn().expect("the runner was built");
        drop(command);
        let mut ready = [0; 6];
        child.stdout.as_mut().expect("a pipe").read_exact(&mut ready).expect("the program runs");
        assert_eq!(&ready, b"ready\n");
        // More than the pipe has room for. No piece of it begins with an `n`, however the program reads it: it would end.
        let mut input = child.stdin.take().expect("a pipe");
        for _ in 0..100 {
            let _ = input.write_all(b"a row\n");
        }
        kill_process(Pid::from_child(&child), Signal::TERM).expect("it is there");
        let status = child.wait().expect("a child");
        assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{mode}: {status}");
        drop((input, unread));
    }
}
