//! Running commands.

use std::process::{Command, ExitStatus, Output};

/// What a command printed.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// How it ended.
    pub status: ExitStatus,
}

/// Runs a command and captures what it prints.
///
/// # Panics
/// Fails the test, with the command and all that it printed, if it does not end with status 0.
#[track_caller]
pub fn run(command: &mut Command) -> Captured {
    let captured = capture(command);
    assert!(captured.status.success(), "{}", describe(command, &captured));
    captured
}

/// Runs a command that is expected to fail by itself, and captures what it prints.
///
/// # Panics
/// Fails the test if the command succeeds or a signal ends it.
#[track_caller]
pub fn run_expecting_failure(command: &mut Command) -> Captured {
    let captured = capture(command);
    let failed = captured.status.code().is_some_and(|code| code != 0);
    assert!(failed, "expected to fail: {}", describe(command, &captured));
    captured
}

#[track_caller]
fn capture(command: &mut Command) -> Captured {
    match command.output() {
        Ok(Output { status, stdout, stderr }) => Captured {
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            status,
        },
        Err(error) => panic!("cannot run {command:?}: {error}"),
    }
}

fn describe(command: &Command, captured: &Captured) -> String {
    format!(
        "{:?} ended with {}\n--- standard output\n{}--- standard error\n{}",
        command, captured.status, captured.stdout, captured.stderr
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn captures_both_streams() {
        let captured = run(&mut shell("echo out; echo err >&2"));
        assert_eq!((captured.stdout.as_str(), captured.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    #[should_panic(expected = "what went wrong")]
    fn a_failure_shows_what_the_command_said() {
        run(&mut shell("echo what went wrong >&2; exit 3"));
    }

    #[test]
    #[should_panic(expected = "cannot run")]
    fn a_command_that_does_not_exist_fails() {
        run(&mut Command::new("no-such-program"));
    }

    #[test]
    #[should_panic(expected = "expected to fail")]
    fn an_unexpected_success_fails() {
        run_expecting_failure(&mut shell("exit 0"));
    }

    #[test]
    fn an_expected_failure_is_captured() {
        assert_eq!(run_expecting_failure(&mut shell("echo no >&2; exit 1")).stderr, "no\n");
    }
}
