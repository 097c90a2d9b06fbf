//! A debugger that looks into a program, as `--debug` says how to call it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use cloudabi_test_support::{guest, runner, scratch, tool};

use crate::HEAD;

/// The ABI's number of the signal that stops a process.
const STOP: u32 = 14;

#[test]
fn gdb_sees_the_programs_functions_and_those_of_the_vdso() {
    if !cfg!(target_arch = "x86_64") {
        // Emulators do not let debuggers in.
        return;
    }
    let Some(gdb) = tool(&["gdb"], "gdb_sees_the_programs_functions_and_those_of_the_vdso") else { return };
    let folder = scratch();
    let config = folder.write("config.yaml", format!("{HEAD}{STOP}\n"));
    let mut command = Command::new(runner());
    command.args(["--debug", "--config"]).arg(config).arg(guest("raise")).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner was built");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("a pipe")).read_line(&mut line).expect("it says how");
    let (_, call) = line.split_once("; gdb ").unwrap_or_else(|| panic!("it says {line}"));
    // The program stops itself, and the debugger finds it there.
    let process =
        call.split(" -p ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a process").to_owned();
    let stopped = || {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("State:\tT"))
    };
    while !stopped() {
        assert!(child.try_wait().expect("a child").is_none(), "it has ended: {line}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let script =
        format!("{} -nx -batch {} -ex bt -ex 'info symbol guest_main'", gdb.path.display(), call.trim_end());
    let output = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().expect("a shell");
    child.kill().expect("it is there");
    child.wait().expect("a child");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(" in cloudabi_sys_proc_raise ()"), "{said}{complaints}");
    assert!(said.contains("guest_main in section .text of "), "{said}{complaints}");
}
