//! Running programs.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use cloudabi_test_support::{guest, runner};

/// Runs a program with this configuration, which is YAML without its head.
pub fn run(program: &str, config: &str) -> Output {
    let mut command = Command::new(runner());
    command.arg(guest(program)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner was built");
    let config = format!("%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n{config}\n");
    child.stdin.take().expect("a pipe").write_all(config.as_bytes()).expect("it is read");
    child.wait_with_output().expect("a child can be waited for")
}

/// What it said, both ways, without what the runner has to say of mistakes, and an emulator of signals that end a program.
pub fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    let others = ["cloudabi-run: ", "qemu: uncaught target signal "];
    said.split_inclusive('\n').filter(|line| others.iter().all(|other| !line.starts_with(other))).collect()
}
