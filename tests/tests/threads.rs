//! Threads, locks and condition variables of programs: `tests/guests/programs/src/bin/threads/`, one run for each thing
//! that it can try.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};

use cloudabi_test_support::{guest, runner};

/// Runs the program, which ends with this code, and says something only if something is wrong.
#[track_caller]
fn check(test: &str, scope: &str, code: i32) {
    let (status, said) = run(test, scope);
    assert!(status.code() == Some(code) && said.is_empty(), "{status}: {said}");
}

/// How the program ends, and what it says.
fn run(test: &str, scope: &str) -> (ExitStatus, String) {
    let mut command = Command::new(runner());
    command.arg(guest("threads")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner was built");
    let config =
        format!("%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\ntest: {test}\nscope: {scope}\n");
    child.stdin.take().expect("a pipe").write_all(config.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("a child can be waited for");
    let said = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&said).into_owned())
}

/// One test for each way of using the program that leads to success.
macro_rules! tests {
    ($($test:ident)*) => {
        mod private {
            $(#[test]
            fn $test() {
                super::check(stringify!($test), "private", 0);
            })*
        }

        mod shared {
            $(#[test]
            fn $test() {
                super::check(stringify!($test), "shared", 0);
            })*
        }
    };
}

tests! {
    alone
    creation
    errors
    given_up
    last_one
    many
    mixed_scopes
    mutex
    ping_pong
    preference
    readers
    signals
    small_stacks
    times
}

/// What shows that `alone` makes no call would be seen.
#[test]
fn a_call_without_the_way_to_the_host_ends_the_process() {
    for scope in ["private", "shared"] {
        let (status, said) = run("not_alone", scope);
        assert_eq!(status.signal(), Some(11), "{status}: {said}");
    }
}

#[test]
fn who_waits_for_a_shared_lock_looks_again() {
    check("nobody_wakes", "shared", 0);
}

#[test]
fn any_thread_can_end_the_process() {
    check("exit_elsewhere", "private", 42);
}
