//! What `cloudabi-run` says of programs that end by a mistake, with `tests/guests/programs/src/bin/crashes.rs`.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};

use cloudabi_test_support::{guest, runner, scratch};

use crate::{HEAD, text};

const SEGV: i32 = 11;
const ILL: i32 = 4;
const ABRT: i32 = 6;
const TERM: i32 = 15;

/// Runs the program from a file with these options.
fn run(program: &std::path::Path, options: &[&str], how: &str) -> Output {
    let folder = scratch();
    let config = folder.write("config.yaml", format!("{HEAD}how: {how}\noutput: !fd stdout\n"));
    let mut command = Command::new(runner());
    command.args(options).arg("--config").arg(config).arg(program);
    command.output().expect("the runner was built")
}

/// What is said of the program, in which addresses have no value.
#[track_caller]
fn said(options: &[&str], how: &str, signal: i32) -> String {
    let program = guest("crashes");
    let output = run(&program, options, how);
    let said = text(&output.stderr).replace(&program.display().to_string(), "crashes");
    assert_eq!(output.status.signal(), Some(signal), "{said}");
    let mut shown = String::new();
    let mut rest = said.as_str();
    while let Some((before, number)) = rest.split_once("0x") {
        let end = number.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(number.len());
        let kept = ["8", "12345678"].contains(&&number[..end]) && !before.ends_with("+ ");
        shown += &format!("{before}0x{}", if kept { &number[..end] } else { "N" });
        rest = &number[end..];
    }
    shown + rest
}

#[test]
#[cfg(target_arch = "x86_64")]
fn mistakes_are_explained() {
    let mut all = String::new();
    for (how, signal) in [("read", SEGV), ("write", SEGV), ("jump", SEGV), ("illegal", ILL), ("raise", ABRT)]
    {
        all += &format!("{how}\n{}\n", said(&[], how, signal));
    }
    insta::assert_snapshot!(all);
}

/// Whatever holds the program in.
#[test]
fn without_a_sandbox_too() {
    for mode in ["--sandbox=none", "--sandbox=landlock"] {
        let said = said(&[mode], "read", SEGV);
        assert!(
            said.contains("crashes: killed by SIGSEGV: ") && said.contains("in `read_from` + 0x"),
            "{said}"
        );
    }
}

/// Somebody who asks a program to end is not told that it made a mistake.
#[test]
fn signals_that_are_no_mistake_are_not_mentioned() {
    assert_eq!(said(&[], "end", TERM), "");
}

#[test]
fn copies_of_the_process_are_told_apart() {
    let output = run(&guest("crashes"), &[], "child");
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains(": process ") && said.contains(" was killed by SIGSEGV: it "), "{said}");
    assert!(said.contains("in `read_from` + 0x"), "{said}");
}

/// An executable without a table of symbols is enough to say where it was.
#[test]
fn executables_without_symbols() {
    let mut bytes = std::fs::read(guest("crashes")).expect("a file");
    // No section headers: e_shoff, e_shnum and e_shstrndx.
    bytes[40..48].fill(0);
    bytes[60..64].fill(0);
    let folder = scratch();
    let program = folder.write("crashes", bytes);
    let output = run(&program, &[], "read");
    let said = text(&output.stderr);
    assert_eq!(output.status.signal(), Some(SEGV), "{said}");
    assert!(said.contains("  at 0x") && said.contains(" of the executable\n"), "{said}");
    assert!(!said.contains("read_from"), "{said}");
}

/// With a trace, the mistake is mentioned beside it, and the last call of the trace is that of the message.
#[test]
#[cfg(target_arch = "x86_64")]
fn the_last_call_is_that_of_the_trace() {
    let output = run(&guest("crashes"), &["--trace"], "read");
    let said = text(&output.stderr);
    let told = said
        .lines()
        .rfind(|line| line.contains("fd_write(") && !line.starts_with("cloudabi-run"))
        .expect("it is told");
    assert!(told.contains(r#"fd_write(0, [{buf="so far so good\n", buf_len=15}], 1) = 0"#), "{said}");
    let last = said.lines().find_map(|line| line.split_once("last call: ")).expect("it is told");
    assert!(last.1.starts_with("fd_write(0, 0x") && last.1.ends_with(", 1)"), "{said}");
}
