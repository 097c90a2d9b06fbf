//! Other processes.

use std::time::Duration;

use super::*;
use crate::hostile::scene::exists;

fn killed(scene: &Scene, _: &Outcome) -> bool {
    scene.victim_is_dead()
}

/// A process was left behind, and has made a file after everything had ended.
fn left(scene: &Scene, _: &Outcome) -> bool {
    std::thread::sleep(Duration::from_millis(900));
    exists(scene.path("granted/left"))
}

/// `CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD`
pub const FORK: &str = "18874385";

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    // A process of root's has capabilities, and whoever lacks them has no say over it.
    let root = rustix::process::geteuid().is_root();
    let also = |held_by: &[Layer]| [held_by, if root { &[PRIVILEGES] } else { &[] }].concat();
    let three: &[Layer] = &landlock_from(SCOPES, &[PROCESSES, SECCOMP]);
    let two: &[Layer] = &landlock_from(SCOPES, &[PROCESSES]);
    let numbers: &[Layer] = &[PROCESSES, SECCOMP];
    for (name, script, held_by) in [
        ("kill a process", "a = kill {victim} SIGKILL", three),
        ("kill a process by its thread", "a = tkill {victim} SIGKILL", three),
        ("kill a process by its thread and number", "a = tgkill {victim} {victim} SIGKILL", two),
        (
            "kill a process by its descriptor",
            "a = pidfd_open {victim} 0\nb = pidfd_send_signal $a SIGKILL 0 0",
            two,
        ),
        (
            "kill a process by a queued signal",
            "set 0 9\nset4 8 -1\na = rt_sigqueueinfo {victim} SIGKILL @0",
            three,
        ),
        (
            "kill a process by a signal that is queued for its thread",
            "set 0 9\nset4 8 -1\na = rt_tgsigqueueinfo {victim} {victim} SIGKILL @0",
            two,
        ),
        (
            "kill a process by making it the owner of a socket",
            "a = socketpair AF_UNIX SOCK_STREAM 0 @500\nload4 b 500\nload4 c 504\nd = fcntl $b F_SETOWN {victim}\n\
             d = fcntl $b 10 SIGKILL\nd = fcntl $b F_SETFL O_RDWR|O_ASYNC\ne = write $c @0 1",
            two,
        ),
    ] {
        all.push(attack(name, NOTHING, script, held_by, killed));
    }
    for (name, script, held_by) in [
        ("learn whether a process exists", "a = pidfd_open {victim} 0\nshow a", &[PROCESSES][..]),
        ("learn whether a process exists by signal 0", "a = kill {victim} 0\nshow a", three),
        ("learn a process's group", "a = getpgid {victim}\nshow a", numbers),
        ("learn a process's session", "a = getsid {victim}\nshow a", numbers),
        ("lower a process's limits", "a = prlimit64 {victim} 7 0 @0\nshow a", numbers),
        ("lower a process's priority", "a = setpriority 0 {victim} 19\nshow a", &also(numbers)),
        (
            "move a process to one processor",
            "set 0 1\na = sched_setaffinity {victim} 8 @0\nshow a",
            &also(numbers),
        ),
        ("lower a process's share of disks", "a = ioprio_set 1 {victim} 24576\nshow a", &also(numbers)),
        (
            "trace a process",
            "a = ptrace PTRACE_ATTACH {victim} 0 0\nshow a",
            &also(&[WORLD, LANDLOCK, SECCOMP, PROCESSES]),
        ),
        (
            "take a descriptor from a process",
            "b = pidfd_open {victim} 0\na = pidfd_getfd $b 1 0\nshow a",
            &also(&[WORLD, LANDLOCK, SECCOMP, PROCESSES]),
        ),
    ] {
        all.push(attack(name, NOTHING, script, held_by, succeeded('a')));
    }
    all.push(attack(
        "read a process's memory",
        NOTHING,
        "set 0 @200\nset 8 8\nset 16 4096\nset 24 8\na = process_vm_readv {victim} @0 1 @16 1 0\nshow a",
        &also(&[WORLD, LANDLOCK, SECCOMP, PROCESSES]),
        // The address is wrong, but the kernel has looked.
        |_, outcome| outcome.stdout.contains("a=-14\n"),
    ));
    all.push(attack(
        "kill a process through an instruction of the runtime's",
        NOTHING,
        "a = through kill {victim} SIGKILL",
        three,
        killed,
    ));
    let restricted = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    let restricted = restricted.is_ok_and(|text| text.trim() != "0");
    let sleeping = "set 0 1\nset 8 0\nb = clock_nanosleep 1 0 @0 0\nb = exit_group 0\nend\n";
    all.push(attack(
        "trace a process of its own",
        NOTHING,
        format!("c = clone {FORK} 0 0 0 0\nif c 0\n{sleeping}a = ptrace PTRACE_ATTACH $c 0 0\nshow a"),
        &[SECCOMP, PRIVILEGES],
        succeeded('a'),
    ));
    all.push(
        attack(
            "trace the process that it comes from",
            NOTHING,
            format!(
                "p = getpid\nc = clone {FORK} 0 0 0 0\nif c 0\na = ptrace PTRACE_ATTACH $p 0 0\nshow a\n\
                 b = exit_group 0\nend\nset 0 0\nset 8 500000000\nb = clock_nanosleep 1 0 @0 0"
            ),
            &[SECCOMP, PRIVILEGES],
            succeeded('a'),
        )
        .impossible_if(restricted, "the system lets processes trace their own children only"),
    );
    let later = "set 0 0\nset 8 400000000\nc = clock_nanosleep 1 0 @0 0\nd = openat dir0 \"left\" O_RDWR|O_CREAT 420\nend";
    for (name, flags, first, held_by) in [
        ("leave a process behind", FORK, "", &[PROCESSES][..]),
        ("leave a process behind in a session of its own", FORK, "b = setsid\n", &[PROCESSES]),
        (
            "leave a process behind that is the parent's child",
            "CLONE_PARENT|SIGCHLD",
            "",
            &[PROCESSES, SECCOMP],
        ),
    ] {
        all.push(attack(
            name,
            ALL,
            format!("a = clone {flags} 0 0 0 0\nif a 0\n{first}{later}"),
            held_by,
            left,
        ));
    }
    all
}
