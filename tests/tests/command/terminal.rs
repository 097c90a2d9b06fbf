//! Keys at a terminal: interrupting, stopping, going on; and that the terminal is as it was.

use std::os::unix::fs::PermissionsExt;

use cloudabi_test_support::{guest, runner, scratch};
use rustix::termios::LocalModes;

use crate::session::{PROMPT, Session};

const CTRL_C: [u8; 1] = [0x03];
const CTRL_BACKSLASH: [u8; 1] = [0x1c];
const CTRL_Z: [u8; 1] = [0x1a];

/// The ways of holding a program in: what reaches whom differs.
const MODES: [&str; 3] = ["full", "landlock", "none"];

/// A session in a folder that has a command for each mode, which becomes the program `lines` at the terminal.
fn session(test: &str) -> Option<Session> {
    let folder = scratch();
    for mode in MODES {
        let (runner, program) = (runner().display(), guest("lines"));
        let program = program.display();
        let script = format!(
            "#!/bin/sh\nexec {runner} --sandbox={mode} --fd input=stdin --fd output=stdout {program} 2>/dev/null\n"
        );
        let path = folder.write(mode, script);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    folder.write("script", "./full\necho went on\n");
    Session::start(test, folder)
}

fn for_each_mode(test: &str, act: impl Fn(&mut Session, &str)) {
    for mode in MODES {
        let Some(mut session) = session(test) else { return };
        act(&mut session, mode);
        session.end();
    }
}

/// Processes that are beneath another one, at any depth.
fn beneath(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut left = vec![process];
    while let Some(process) = left.pop() {
        let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().map(|number| number.parse::<u32>().expect("a number"));
        for child in children {
            found.push(child);
            left.push(child);
        }
    }
    found
}

/// What a process does: `S` for sleeping, `T` for being stopped; nothing if it is gone.
fn state(process: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether a process that does this is gone, or all that is left of it is its number.
fn is_gone(state: Option<char>) -> bool {
    matches!(state, None | Some('Z'))
}

/// Lets the shell's job go on, and waits until all of it waits for something: what is typed earlier may be the shell's, or
/// stop one of the processes before it has gone on.
fn to_foreground(session: &mut Session, processes: &[u32]) {
    session.enter("fg");
    session.expect("\r\n");
    eventually("the program goes on", processes, |state| state == Some('S'));
}

/// Interrupts what the shell runs, and waits until all of it is gone.
///
/// Before, all of it has to wait for something: a shell that has not begun to wait for a script's command ends at once. After
/// that, a process may have been told to end and still sleep in a call that reads: what is typed for the shell it would take
/// with it.
fn interrupt(session: &mut Session, key: [u8; 1]) -> String {
    let processes = beneath(session.shell());
    eventually("everything waits", &processes, |state| state == Some('S'));
    session.keys(key);
    let shown = session.expect(PROMPT);
    eventually("every process is gone", &processes, is_gone);
    shown
}

/// Waits until something holds of what all of these processes do. It comes about by itself.
fn eventually(what: &str, processes: &[u32], holds: impl Fn(Option<char>) -> bool) {
    let states = || processes.iter().map(|process| state(*process)).collect::<Vec<_>>();
    let wait = || std::thread::sleep(std::time::Duration::from_millis(20));
    let all = || states().into_iter().all(&holds);
    assert!((0..3000).any(|_| all() || (wait(), false).1), "{what}: {:?}", states());
}

#[test]
fn an_interrupt_ends_the_program_and_all_of_its_processes() {
    for_each_mode("interrupting a program at a terminal", |session, mode| {
        for (key, status) in [(CTRL_C, "130"), (CTRL_BACKSLASH, "131")] {
            session.enter(&format!("./{mode}"));
            session.expect("ready\r\n");
            session.keys("hello\n");
            session.expect("got hello\r\n");
            let processes = beneath(session.shell());
            // The command, and the program with its child at the least.
            assert!(processes.len() >= 3, "{mode}: {processes:?}");
            interrupt(session, key);
            assert_eq!(session.status(), status, "{mode}");
        }
    });
}

#[test]
fn a_program_is_stopped_and_goes_on() {
    for_each_mode("stopping a program at a terminal", |session, mode| {
        session.enter(&format!("./{mode}"));
        session.expect("ready\r\n");
        let processes = beneath(session.shell());
        for _ in 0..2 {
            session.keys(CTRL_Z);
            session.expect("Stopped");
            session.expect(PROMPT);
            eventually("the program and its child are stopped", &processes, |state| state == Some('T'));
            // What is typed now is the shell's.
            session.enter("echo typed$((1 + 1))");
            session.expect("typed2");
            to_foreground(session, &processes);
            session.keys("again\n");
            session.expect("got again\r\n");
        }
        interrupt(session, CTRL_C);
        assert_eq!(session.status(), "130", "{mode}");
    });
}

#[test]
fn a_program_in_the_background_waits_for_the_terminal() {
    for_each_mode("reading from a terminal in the background", |session, mode| {
        session.enter(&format!("./{mode} &"));
        session.expect("ready\r\n");
        let processes = beneath(session.shell());
        eventually("the program is stopped", &processes, |state| state == Some('T'));
        session.expect_of_job("Stopped");
        to_foreground(session, &processes);
        session.keys("here\n");
        session.expect("got here\r\n");
        // The end of the input: a program that ends by itself.
        session.keys([0x04]);
        session.expect(PROMPT);
        assert_eq!(session.status(), "0", "{mode}");
    });
}

#[test]
fn a_stopped_program_can_be_ended() {
    for_each_mode("ending a stopped program", |session, mode| {
        session.enter(&format!("./{mode}"));
        session.expect("ready\r\n");
        let processes = beneath(session.shell());
        session.keys(CTRL_Z);
        session.expect("Stopped");
        session.expect(PROMPT);
        // A process that the stop has not reached yet could still read what is typed.
        eventually("the program is stopped", &processes, |state| state == Some('T'));
        session.enter("kill %1");
        eventually("every process is gone", &processes, is_gone);
        session.expect_of_job("Terminated");
    });
}

#[test]
fn the_terminal_is_as_it_was() {
    let Some(mut session) = session("giving the terminal back") else { return };
    session.enter("./full");
    session.expect("ready\r\n");
    // As a program could that is not held in, or somebody else at the same terminal.
    let mut settings = session.settings();
    settings.local_modes -= LocalModes::ECHO;
    session.set(&settings);
    // It makes the terminal non-blocking and ends; a shell that read from such a one would end too.
    session.keys("n\n");
    session.expect(PROMPT);
    assert_eq!(session.status(), "0");
    session.enter("stty -a | tr ' ' '\\n' | grep -x -e '-\\?echo'");
    assert_eq!(session.expect("\r\n"), "echo");
    session.expect(PROMPT);
    // The shell's own line editor shows what is typed until the shell begins with the command: only then is it the terminal.
    session.enter("echo typed$((1 + 1)); cat");
    session.expect("typed2\r\n");
    session.keys("still blocking\n");
    session.expect("still blocking\r\nstill blocking\r\n");
    session.keys([0x04]);
    session.expect(PROMPT);
    assert_eq!(session.status(), "0");
    session.end();
}

#[test]
fn a_script_ends_where_its_program_is_interrupted() {
    let Some(mut session) = session("interrupting a script") else { return };
    session.enter("bash ./script");
    session.expect("ready\r\n");
    let shown = interrupt(&mut session, CTRL_C);
    assert!(!shown.contains("went on"), "{shown}");
    assert_eq!(session.status(), "130");
    session.end();
}
