//! What is said when something keeps a program from running, or makes it end.

use std::process::{Command, Output, Stdio};

use cloudabi_test_support::{guest, runner, tool};

/// What the command says, with the names of what is peculiar to this machine.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.replace(&*guest("hello").to_string_lossy(), "[program]")
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(runner());
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

#[test]
fn a_program_that_does_not_want_its_arguments() {
    let program = guest("hello");
    let program = program.to_str().expect("text");
    let output = run(&["--arg", "output=standard", program]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("program_rejects_arguments", said(&output));
    // One that can complain is left to do so.
    let output = run(&["--arg", "output=standard", "--fd", "stderr=stderr", program]);
    assert_eq!((output.status.code(), said(&output)), (Some(2), String::new()));
}

#[test]
fn no_user_namespaces() {
    let name = "what is said where there are no user namespaces";
    let Some(unshare) = tool(&["unshare"], name) else { return };
    // A place where the administrator has forbidden them: it is a namespace itself.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
    let program = guest("hello");
    let output = unshare
        .command()
        .args(["--user", "--map-root-user", "sh", "-c", script])
        .arg(runner())
        .args(["--fd", "output=stdout"])
        .arg(&program)
        .stdin(Stdio::null())
        .output()
        .expect("it is there");
    assert_eq!(output.status.code(), Some(127), "{}", said(&output));
    insta::assert_snapshot!("no_user_namespaces", said(&output));
}
