//! Much of the same at once, by a program on this machine's host: `tests/guests/programs/src/bin/stress.rs`.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use cloudabi_test_support::{guest, runner, scratch};

/// Runs one of the program's tests, which ends well and says nothing but that it is ready for a connection.
#[track_caller]
fn check(test: &str) {
    let folder = scratch();
    let path = folder.path().join("listener");
    let mut command = Command::new(runner());
    command.arg(guest("stress")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner was built");
    let config = format!(
        "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\nprogram: !executable\n\
         listener: !unix_listener {{path: {path:?}}}\ntest: {test}\n"
    );
    child.stdin.take().expect("a pipe").write_all(config.as_bytes()).expect("it is read");
    let mut said = String::new();
    let mut connections = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
        match line.expect("text").as_str() {
            "ready" => connections.push(UnixStream::connect(&path).expect("somebody listens")),
            other => said.extend([other, "\n"]),
        }
    }
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    let status = child.wait().expect("a child can be waited for");
    assert!(status.success() && said.is_empty(), "{status}: {said}");
}

#[test]
fn a_thousand_processes_of_sixteen_threads_become_other_programs() {
    check("processes");
}

#[test]
fn ten_thousand_descriptors_go_round_in_a_ring_of_processes() {
    check("ring");
}

#[test]
fn descriptors_are_closed_while_others_wait_for_them() {
    check("closing");
}

#[test]
fn processes_are_killed_while_others_wait_for_them() {
    check("killing");
}
