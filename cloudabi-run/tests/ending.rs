//! That a signal that ended a program ends this process too.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use cloudabi_run::status::End;

/// Set for the process that is to end.
const SIGNAL: &str = "CLOUDABI_RUN_TEST_SIGNAL";

/// Runs the one test that ends its process by a signal, in a process of its own.
fn ended_by(signal: i32) -> ExitStatus {
    Command::new(std::env::current_exe().expect("this is a program"))
        .args(["--exact", "ends_if_told_to", "--nocapture"])
        .env(SIGNAL, signal.to_string())
        .status()
        .expect("the program was built")
}

#[test]
fn ends_if_told_to() {
    if let Ok(signal) = std::env::var(SIGNAL) {
        End::Killed(signal.parse().expect("it is a number")).exit();
    }
}

#[test]
fn the_same_signal_ends_this_process() {
    for signal in [libc::SIGTERM, libc::SIGPIPE, libc::SIGSEGV, libc::SIGABRT, libc::SIGKILL] {
        let status = ended_by(signal);
        assert_eq!(status.signal(), Some(signal));
        assert!(!status.core_dumped());
    }
    // It does not end processes.
    assert_eq!(ended_by(libc::SIGCHLD).signal(), None);
}
