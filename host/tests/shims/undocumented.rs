//! Debug builds stop at an error that the definition does not list.

use super::ENTRIES;
use super::scenario::Scenario;
use cloudabi_codegen::model::Call;
use std::process::Command;

/// Tells the test, started again, to make the mistake.
const VARIABLE: &str = "CLOUDABI_HOST_TEST_UNLISTED_ERROR";

fn call() -> &'static Call {
    super::scenario::calls().find(|call| call.name == "fd_sync").expect("there is fd_sync")
}

#[test]
fn an_error_that_is_not_listed_ends_debug_builds() {
    if let Ok(error) = std::env::var(VARIABLE) {
        let scenario = Scenario::new(call());
        let mock = scenario.runtime();
        mock.error.set(error.parse().ok());
        scenario.run(&ENTRIES, mock);
        return;
    }
    // The panic cannot leave a shim, so it ends the process: one of its own.
    let run = |error: &str| {
        let program = std::env::current_exe().expect("the test knows itself");
        let mut command = Command::new(program);
        command.args([
            "--exact",
            "undocumented::an_error_that_is_not_listed_ends_debug_builds",
            "--nocapture",
        ]);
        let output = command.env(VARIABLE, error).output().expect("the test starts again");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let unlisted = super::definition::errno("child").to_string();
    let listed = super::definition::errno("io").to_string();
    assert!(run(&listed).0, "a listed error is in order");
    let (success, message) = run(&unlisted);
    assert_eq!(success, !cfg!(debug_assertions), "{message}");
    if cfg!(debug_assertions) {
        assert!(message.contains("call 15 must not return the error Errno::CHILD"), "{message}");
    }
}
