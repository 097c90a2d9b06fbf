//! How programs end: exit codes and signals, seen from outside.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::host::{finish, spawn};
use crate::tap::{Ending, Test};

/// How the program `raise` ends when it goes on after its signal.
const WENT_ON: i32 = 7;

/// Signals that end a process: the ABI's name and number, and Linux's number.
const ENDING: &[(&str, u8, i32)] = &[
    ("abrt", 1, 6),
    ("alrm", 2, 14),
    ("bus", 3, 7),
    ("fpe", 6, 8),
    ("hup", 7, 1),
    ("ill", 8, 4),
    ("int", 9, 2),
    ("kill", 10, 9),
    ("quit", 12, 3),
    ("segv", 13, 11),
    ("sys", 15, 31),
    ("term", 16, 15),
    ("trap", 17, 5),
    ("usr1", 22, 10),
    ("usr2", 23, 12),
    ("vtalrm", 24, 26),
    ("xcpu", 25, 24),
    ("xfsz", 26, 25),
];

/// Signals that are ignored.
const IGNORED: &[(&str, u8)] = &[("chld", 4), ("cont", 5), ("pipe", 11), ("urg", 21)];

/// Signals that stop a process.
const STOPPING: &[(&str, u8)] = &[("stop", 14), ("tstp", 18), ("ttin", 19), ("ttou", 20)];

/// Runs programs that end in all possible ways.
pub fn tests() -> Vec<Test> {
    let codes = [0, 1, 2, 127, 128, 255, 256, 257, 65536, 1 << 31, u32::MAX];
    let codes = codes.map(|code| test(format!("proc_exit/behaviour/{code}"), exits(code)));
    let ending =
        ENDING.iter().map(|&(name, abi, host)| test(format!("proc_raise/behaviour/{name}"), ends(abi, host)));
    let ignored =
        IGNORED.iter().map(|&(name, abi)| test(format!("proc_raise/behaviour/{name}"), goes_on(abi)));
    let stopping =
        STOPPING.iter().map(|&(name, abi)| test(format!("proc_raise/behaviour/{name}"), stops(abi)));
    codes.into_iter().chain(ending).chain(ignored).chain(stopping).collect()
}

fn test(name: String, result: Result<(), String>) -> Test {
    Test { name, ending: result.map_or_else(Ending::Failed, |()| Ending::Passed) }
}

fn exits(code: u32) -> Result<(), String> {
    let output = finish(spawn("exit", &format!("{code}\n")));
    let seen = output.status.code();
    // A status has eight bits. What matters most is that a failure never looks like success.
    let good = if code < 256 { seen == i32::try_from(code).ok() } else { seen.is_some_and(|seen| seen != 0) };
    expect(good, output.status, &output.stderr)
}

fn ends(abi: u8, host: i32) -> Result<(), String> {
    let output = finish(spawn("raise", &format!("{abi}\n")));
    let good = output.status.signal() == Some(host) || output.status.code() == Some(128 + host);
    expect(good, output.status, &output.stderr)
}

fn goes_on(abi: u8) -> Result<(), String> {
    let output = finish(spawn("raise", &format!("{abi}\n")));
    expect(output.status.code() == Some(WENT_ON), output.status, &output.stderr)
}

fn stops(abi: u8) -> Result<(), String> {
    let mut child = spawn("raise", &format!("{abi}\n"));
    let group = Pid::from_child(&child);
    let mut stopped = false;
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().is_ok_and(|end| end.is_none()) && Instant::now() < deadline {
        if has_stopped(&child) {
            stopped = true;
            // It may have gone on by itself, and be gone.
            let _ = kill_process_group(group, Signal::CONT);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // Only where nothing helped.
    let _ = kill_process_group(group, Signal::KILL);
    let output = finish(child);
    expect(stopped, output.status, "it never stopped")?;
    expect(output.status.code() == Some(WENT_ON), output.status, &output.stderr)
}

/// Whether a process of the child's group is stopped.
fn has_stopped(child: &Child) -> bool {
    let group = child.id().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok()).any(|stat| {
        // After the name in parentheses: state, parent, group. See proc_pid_stat(5).
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.next() == Some("T") && fields.nth(1) == Some(group.as_str())
    })
}

fn expect(good: bool, status: ExitStatus, more: &str) -> Result<(), String> {
    if good { Ok(()) } else { Err(format!("{status} {more}")) }
}
