//! Nothing is left: no descriptor and no mapping after a call, no process after the end.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use cloudabi_test_support::{Scratch, guest, runner, scratch};

/// A program that does the same work each time it is told to.
struct Steady {
    child: Child,
    output: BufReader<ChildStdout>,
    _folder: Scratch,
}

impl Steady {
    /// Starts it, and waits until it is ready for work.
    fn start() -> Self {
        let folder = scratch();
        let granted = folder.path().join("granted");
        std::fs::create_dir(&granted).expect("a folder can be made");
        let config = format!(
            "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n\
             input: !fd stdin\noutput: !fd stdout\ndirectory: !directory {{path: {granted:?}, access: [read, write, execute]}}\n\
             program: !executable\n"
        );
        let config = folder.write("config.yaml", &config);
        let mut command = Command::new(runner());
        command.arg("--config").arg(config).arg(guest("steady"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut steady = Steady { child, output, _folder: folder };
        steady.wait_until_ready();
        steady
    }

    fn wait_until_ready(&mut self) {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the program says something");
        assert_eq!(line, "ready\n", "the program went on");
    }

    fn work(&mut self) {
        self.tell(b"x");
    }

    fn tell(&mut self, byte: &[u8; 1]) {
        self.child.stdin.as_mut().expect("a pipe").write_all(byte).expect("the program reads");
        self.wait_until_ready();
    }

    /// The process with the program inside: the only child of the process that was started.
    fn inside(&self) -> u32 {
        only_child(self.child.id())
    }
}

fn only_child(pid: u32) -> u32 {
    let children = read(&format!("/proc/{pid}/task/{pid}/children"));
    let [child] = children.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("there is one process inside, not {children:?}")
    };
    child.parse().expect("a number")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a process has open.
fn descriptors(pid: u32) -> Vec<String> {
    let folder = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process");
    let mut list: Vec<_> = folder
        .map(|entry| entry.expect("an entry").path())
        .map(|path| format!("{} -> {}", path.display(), std::fs::read_link(&path).expect("open").display()))
        .collect();
    list.sort();
    list
}

/// What is mapped in a process, apart from how large its heap and its stack are.
fn mappings(pid: u32) -> usize {
    read(&format!("/proc/{pid}/maps")).lines().count()
}

#[test]
fn calls_leave_no_descriptor_and_no_mapping() {
    let mut steady = Steady::start();
    // What is made once and kept is not counted.
    steady.work();
    let inside = steady.inside();
    let (descriptors_before, mappings_before) = (descriptors(inside), mappings(inside));
    for _ in 0..5 {
        steady.work();
    }
    assert_eq!(descriptors(inside), descriptors_before);
    assert_eq!(mappings(inside), mappings_before, "{}", read(&format!("/proc/{inside}/maps")));
    drop(steady.child.stdin.take());
    assert!(steady.child.wait().expect("a child can be waited for").success());
}

#[test]
fn a_program_has_what_it_was_granted_and_nothing_else_is_open() {
    let mut steady = Steady::start();
    // Four that were granted, and the pipe by which a failing runtime tells its parent.
    let open = descriptors(steady.inside());
    assert_eq!(open.len(), 5, "{open:?}");
    drop(steady.child.stdin.take());
    assert!(steady.child.wait().expect("a child can be waited for").success());
}

/// Waits until something holds that comes about by itself.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let wait = || std::thread::sleep(Duration::from_millis(20));
    assert!((0..1000).any(|_| holds() || (wait(), false).1), "{what}");
}

#[test]
fn a_program_that_was_replaced_leaves_nothing() {
    let mut steady = Steady::start();
    let inside = steady.inside();
    let before = descriptors(inside).len();
    // Each program maps ten pages. The C library keeps a little of threads that have ended, sooner or later.
    let of_a_program = 10;
    steady.tell(b"e");
    let mappings_before = mappings(inside);
    for _ in 0..5 {
        steady.tell(b"e");
        let open = descriptors(inside);
        assert_eq!(open.len(), before, "{open:?}");
        // A thread says that it has ended a little before the kernel does, and so does a process that was killed.
        let tasks = || std::fs::read_dir(format!("/proc/{inside}/task")).expect("a process").count();
        eventually("there is one thread", || tasks() == 1);
        let children = || read(&format!("/proc/{inside}/task/{inside}/children"));
        eventually("there is no other process", || children().is_empty());
        let mapped = read(&format!("/proc/{inside}/maps"));
        assert!(mapped.lines().count() < mappings_before + of_a_program, "{mapped}");
        assert_eq!(mapped.lines().filter(|line| line.ends_with("/steady")).count(), 3, "{mapped}");
    }
    steady.work();
    drop(steady.child.stdin.take());
    assert!(steady.child.wait().expect("a child can be waited for").success());
}

#[test]
fn no_program_outlives_whoever_stands_for_it() {
    let mut steady = Steady::start();
    let inside = steady.inside();
    steady.child.kill().expect("a child can be killed");
    steady.child.wait().expect("a child can be waited for");
    // Its descriptors are closed on its way out, so that the end of its output comes a little before its own.
    let mut rest = String::new();
    while steady.output.read_line(&mut rest).expect("the pipe can be read") != 0 {}
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{inside}/stat")).unwrap_or_default();
        stat.rsplit(')').next().unwrap_or_default().trim().chars().next()
    };
    let ended = || matches!(state(), None | Some('Z' | 'X'));
    assert!(
        (0..1000).any(|_| ended() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }),
        "{:?}",
        state()
    );
}
