//! Namespaces, mounts, keys and other doors into the kernel.

use super::*;
use crate::hostile::scene::exists;

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    let setting =
        |name: &str, nothing: &str| std::fs::read_to_string(name).is_ok_and(|text| text.trim() != nothing);
    let no_rings = setting("/proc/sys/kernel/io_uring_disabled", "0");
    for (name, script, held_by) in [
        ("make a user namespace", "a = unshare CLONE_NEWUSER\nshow a", &[WORLD, PROCESSES, SECCOMP][..]),
        (
            "make a process in a user namespace",
            "a = clone CLONE_NEWUSER|SIGCHLD 0 0 0 0\nif a 0\nb = exit_group 0\nend\nshow a",
            &[WORLD, PROCESSES, SECCOMP],
        ),
        ("change the root", "a = chroot \"/\"\nshow a", &[PRIVILEGES, SECCOMP]),
        ("open a file system", "a = fsopen \"tmpfs\" 0\nshow a", &[PRIVILEGES, SECCOMP]),
        ("make a mount namespace", "a = unshare CLONE_NEWNS\nshow a", &[PRIVILEGES, SECCOMP]),
        ("add a key", "a = add_key \"user\" \"x\" @0 4 -2\nshow a", &[SECCOMP]),
        ("make shared memory of System V", "a = shmget IPC_PRIVATE 4096 IPC_CREAT|384\nshow a", &[SECCOMP]),
        ("make a queue of System V", "a = msgget IPC_PRIVATE IPC_CREAT|384\nshow a", &[SECCOMP]),
        ("make semaphores of System V", "a = semget IPC_PRIVATE 1 IPC_CREAT|384\nshow a", &[SECCOMP]),
        ("learn the machine's name", "a = uname @0\nshow a", &[SECCOMP]),
        ("learn the machine's load and memory", "a = sysinfo @0\nshow a", &[SECCOMP]),
        ("learn the user", "a = getuid\nshow a", &[SECCOMP]),
        ("become visible to other processes", "a = prctl PR_SET_DUMPABLE 1 0 0 0\nshow a", &[SECCOMP]),
        ("live on without the parent", "a = prctl PR_SET_PDEATHSIG 0 0 0 0\nshow a", &[SECCOMP]),
        ("make the addresses of programs predictable", "a = personality 262144\nshow a", &[SECCOMP]),
        (
            "make memory executable",
            "b = mmap 0 4096 PROT_READ|PROT_WRITE MAP_PRIVATE|32 -1 0\n\
            a = mprotect $b 4096 PROT_READ|PROT_EXEC\nshow a",
            &[SECCOMP],
        ),
        (
            "map executable memory",
            "a = mmap 0 4096 PROT_READ|PROT_EXEC MAP_PRIVATE|32 -1 0\nshow a",
            &[SECCOMP],
        ),
    ] {
        all.push(attack(name, NOTHING, script, held_by, succeeded('a')));
    }
    all.push(
        attack(
            "make a ring of system calls",
            NOTHING,
            "a = io_uring_setup 8 @0\nshow a",
            &[SECCOMP],
            succeeded('a'),
        )
        .impossible_if(no_rings, "the system has switched them off"),
    );
    all.push(attack(
        "execute a program of the system's",
        NOTHING,
        "set 100 \"sh\"\nset 108 \"-c\"\nset 116 \"echo executed > {root}/outside/executed\"\nset 124 0\n\
         a = execve \"/bin/sh\" @100 @124",
        &[WORLD, LANDLOCK, SECCOMP],
        |scene, _| exists(scene.path("outside/executed")),
    ));
    all.push(attack(
        "execute a program through an instruction of the runtime's",
        NOTHING,
        "set 100 \"sh\"\nset 108 \"-c\"\nset 116 \"echo executed > {root}/outside/executed\"\nset 124 0\n\
         a = through execve \"/bin/sh\" @100 @124",
        &[WORLD, LANDLOCK, SECCOMP],
        |scene, _| exists(scene.path("outside/executed")),
    ));
    all.push(attack(
        "make a namespace through an instruction of the runtime's",
        NOTHING,
        "a = through unshare CLONE_NEWNS\nshow a",
        &[PRIVILEGES, SECCOMP],
        succeeded('a'),
    ));
    all.push(attack(
        "make a call by the entry for 32-bit programs",
        NOTHING,
        "int80 20",
        &[SECCOMP],
        |_, outcome| outcome.stdout.contains("int80=") && !outcome.stdout.contains("int80=-"),
    ));
    all.push(attack(
        "write over the runtime and make calls",
        NOTHING,
        "overwrite\na = openat AT_FDCWD \"{root}/outside/secret\" O_RDONLY\nb = read $a @0 100\n\
         c = write fifo0 @0 $b\nc = write fifo1 @0 $b\nc = exit_group 0",
        &[WORLD, LANDLOCK],
        leaks,
    ));
    all
}
