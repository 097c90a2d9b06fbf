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

/// Of linux/socket.h, since Linux 6.5.
const SO_PEERPIDFD: i32 = 77;

/// Whether the kernel gives a descriptor of the process at the other end of a socket.
fn tells_peers() -> bool {
    let Ok((one, _other)) = std::os::unix::net::UnixStream::pair() else { return false };
    let (mut number, mut size) = (-1_i32, size_of::<i32>() as libc::socklen_t);
    // SAFETY: the kernel writes a number of this size.
    let result = unsafe {
        let place = (&raw mut number).cast();
        libc::getsockopt(one.as_raw_fd(), libc::SOL_SOCKET, SO_PEERPIDFD, place, &raw mut size)
    };
    // SAFETY: if there is one, it is new, and nobody else has it.
    result == 0 && unsafe { libc::close(number) } == 0
}

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
        (
            "learn the locks of a process",
            "a = get_robust_list {victim} @0 @8\nshow a",
            &also(&[WORLD, LANDLOCK, SECCOMP, PROCESSES]),
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
    all.push(
        attack(
            "kill the group of processes that it is in",
            NOTHING,
            "a = kill 0 SIGKILL",
            &landlock_from(SCOPES, &[SECCOMP]),
            killed,
        )
        .with(Extra::SameGroup),
    );
    // As good as a signal of another number; but it is this process at the other end.
    all.push(
        attack(
            "send a signal to the process at the other end of a socket",
            "stream: !fd 40\n",
            format!("set4 100 4\na = getsockopt sock0 SOL_SOCKET {SO_PEERPIDFD} @96 @100\nload4 b 96\nc = pidfd_send_signal $b 0 0 0\nshow c"),
            two,
            succeeded('c'),
        )
        .with(Extra::Stream)
        .impossible_if(!tells_peers(), "the kernel gives no descriptor of that process"),
    );
    all.push(
        attack(
            "learn the number of the process at the other end of a socket",
            "stream: !fd 40\n",
            "set4 100 12\na = getsockopt sock0 SOL_SOCKET SO_PEERCRED @0 @100\nload4 b 0\nshow b",
            &[PROCESSES],
            |_, outcome| outcome.stdout.contains(&format!("b={}\n", std::process::id())),
        )
        .with(Extra::Stream),
    );
    // Somebody may grant a program files that are about processes.
    let about = |name: &str, path: &str, judge: fn(&Scene, &Outcome) -> bool| {
        attack(
            format!("where processes are granted as files, {name}"),
            "directory: !directory {path: /proc, access: read}\n",
            format!("a = openat dir0 \"{path}\" O_RDONLY\nb = read $a @0 4000\nprint 0 $b"),
            &also(&[WORLD, LANDLOCK, PROCESSES]),
            judge,
        )
    };
    // Since Linux 6.13 a capability lets root look at memory whatever Landlock says.
    let why = "root's capabilities are stronger than one of the layers";
    all.push(about("read a process's environment", "{victim}/environ", leaks).impossible_if(root, why));
    all.push(about("read a file by a process's root", "{victim}/root{root}/outside/secret", leaks));
    let is_map = |_: &Scene, outcome: &Outcome| outcome.stdout.contains("[stack]");
    all.push(about("learn where a process's memory is", "{victim}/maps", is_map).impossible_if(root, why));
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
