//! A program that does not end by the signal that it is asked to end by.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};

use cloudabi_test_support::{guest, runner, scratch};
use rustix::process::{Pid, Signal, kill_process};

/// A program that keeps SIGTERM from arriving, by calls of Linux's, says so, and sleeps: `rt_sigprocmask`, `clock_nanosleep`.
const SCRIPT: &str = "set 0 16384
a = 14 0 @0 0 8
text 0 \"ready\"
print 0 5
set 0 600
set 8 0
b = 230 1 0 @0 0
";

/// Waits until a signal is in a set of a process's: those that wait for it (`ShdPnd`), those that it handles (`SigCgt`).
fn wait_for(signal: Signal, set: &str, process: u32) {
    let is_there = || {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it is there");
        let field = status.lines().find_map(|line| line.strip_prefix(set)).expect("a field");
        let signals = u64::from_str_radix(field.trim_start_matches(':').trim(), 16).expect("a number");
        signals & 1 << (signal.as_raw() - 1) != 0
    };
    while !is_there() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Starts it without a sandbox: the first process of a namespace gets SIGKILL at once.
fn start(folder: &cloudabi_test_support::Scratch) -> Child {
    let script: String = SCRIPT.lines().map(|line| format!("  {line}\n")).collect();
    let config = folder.write(
        "config.yaml",
        format!("%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\nscript: |\n{script}"),
    );
    let mut command = Command::new(runner());
    command.args(["--sandbox=none", "--config"]).arg(config).arg(guest("hostile"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it is there");
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0; 5]).expect("it is ready");
    child
}

/// The time that it has ends by SIGALRM, which is sent here sooner; or somebody asks a second time.
#[test]
fn what_does_not_end_is_killed_when_its_time_is_over_or_by_a_second_signal() {
    if !cfg!(target_arch = "x86_64") {
        // The script has the numbers of that processor's calls.
        return;
    }
    let folder = scratch();
    for (second, by) in [(Signal::ALARM, Signal::TERM), (Signal::INT, Signal::INT)] {
        let mut child = start(&folder);
        let runner = Pid::from_child(&child);
        let path = format!("/proc/{0}/task/{0}/children", child.id());
        let children = std::fs::read_to_string(path).expect("it is there");
        let program: u32 = children.trim().parse().expect("one child");
        // The program may be faster than the command, which ends like any other one before it handles signals. This is the
        // last one that it does.
        wait_for(Signal::ALARM, "SigCgt", child.id());
        kill_process(runner, Signal::TERM).expect("it is there");
        // It was passed on, and waits.
        wait_for(Signal::TERM, "ShdPnd", program);
        assert!(child.try_wait().expect("a child").is_none());
        kill_process(runner, second).expect("it is there");
        let status = child.wait().expect("a child");
        assert_eq!(status.signal(), Some(by.as_raw()), "{status}");
        assert!(!std::path::Path::new(&format!("/proc/{program}")).exists(), "{program} is left");
    }
}
