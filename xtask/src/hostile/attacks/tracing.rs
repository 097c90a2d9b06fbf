//! What the parent is told of calls: the socket that it comes through leads out of the sandbox, and whatever a program sends
//! there is printed.
//!
//! The program finds the socket as its first one. A message has a head of 32 bytes and a text.

use super::processes::FORK;
use super::*;

/// An attack on a program that is traced to a file. Nobody reads what it would print to standard error.
fn traced(
    name: &str,
    script: impl Into<String>,
    held_by: &[Layer],
    judge: impl Fn(&Scene, &Outcome) -> bool + 'static,
) -> Attack {
    attack(name, NOTHING, script, held_by, judge).option("--trace").option("--trace-file={root}/trace")
}

/// `F_DUPFD_CLOEXEC`
const DUPLICATE: u32 = 1030;

/// A number of eight bytes that are text.
fn word(text: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*text)
}

/// The process that a line of the trace with this text is about.
fn process_of<'t>(trace: &'t str, text: &str) -> Option<&'t str> {
    trace.lines().find(|line| line.contains(text))?.split_whitespace().nth(1)
}

pub fn attacks() -> Vec<Attack> {
    let root = rustix::process::geteuid().is_root();
    // Somebody else's work waits until it has begun: the two processes share a pair of sockets.
    let aside = |what: &str| {
        format!(
            "p = getpid\nq = fcntl sock0 {DUPLICATE} 100\na = socketpair AF_UNIX SOCK_STREAM 0 @500\nload4 b 500\nload4 c 504\n\
             a = clone {FORK} 0 0 0 0\nif a 0\n{what}\nend\nd = read $b @600 1\n"
        )
    };
    vec![
        traced(
            "have a terminal obey by telling of a call",
            format!("set 32 {}\na = sendto sock0 @0 40 0 0 0", word(b"\x1b]0;own\x07")),
            &[ESCAPING],
            |scene, _| scene.text("trace").contains('\x1b'),
        ),
        traced(
            "make up a line of another process's calls",
            format!("set 32 {}\na = sendto sock0 @0 40 0 0 0", word(b"\n0 1 1 x")),
            &[ESCAPING],
            |scene, _| scene.text("trace").lines().any(|line| line.starts_with("0 1 1 x")),
        ),
        traced(
            "tell of calls in another process's name",
            // A header, one piece, and a control message with credentials: unix(7).
            aside(
                "text 232 \"made-up(\"\nset 0 0\nset 16 @100\nset 24 1\nset 32 @304\nset 40 32\nset 100 @200\nset 108 40\n\
                 set 304 28\nset4 312 1\nset4 316 2\nset4 320 $p\nset4 324 0\nset4 328 0\n\
                 d = sendmsg $q @0 16384\nd = write $c @0 1\nd = exit_group 0",
            ),
            &[WORLD, PROCESSES, PRIVILEGES],
            |scene, _| {
                let trace = scene.text("trace");
                let told = process_of(&trace, "made-up(");
                told.is_some() && told == process_of(&trace, "proc_exit(")
            },
        )
        .impossible_if(!root, "nobody but root could without the layers, either"),
        traced(
            "let more wait for the parent than it allows",
            "set4 0 1048576\na = setsockopt sock0 1 7 @0 4\nshow a",
            &[SECCOMP],
            succeeded('a'),
        ),
        traced(
            "write to the file that calls are printed to",
            // Whichever of the files it is that are open.
            "text 0 \"made-up\"\na = write file0 @0 7\na = write file1 @0 7\na = write file2 @0 7",
            &[DESCRIPTORS],
            |scene, _| scene.text("trace").contains("made-up"),
        ),
        traced(
            "keep the parent busy with calls while a forbidden one is made",
            aside("flood $q 100 $c") + "a = ptrace PTRACE_ATTACH $p 0 0\ntext 0 \"survived\"\nprint 0 8",
            &[SECCOMP],
            says("survived"),
        ),
    ]
}
