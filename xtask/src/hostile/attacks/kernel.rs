//! Namespaces, mounts, keys and other doors into the kernel.

use super::*;
use crate::hostile::scene::exists;

const CLONE_TRACED: &str = "a = clone CLONE_PTRACE|SIGCHLD 0 0 0 0\nif a 0\nb = exit_group 0\nend\nshow a";
const CLONE_UNTRACED: &str =
    "a = clone CLONE_UNTRACED|SIGCHLD 0 0 0 0\nif a 0\nb = exit_group 0\nend\nshow a";

/// Whether the kernel has a call, and does what is tried with it for a file in the folder for temporary ones.
fn has_call(number: libc::c_long) -> bool {
    let Ok(file) = tempfile::NamedTempFile::new() else { return false };
    let (file, mut room) = (file.as_file().as_raw_fd(), [0_u64; 8]);
    let place = room.as_mut_ptr();
    // SAFETY: what the kernel writes has room there, and nothing that anybody uses is changed: the permissions are those of a
    // file that is gone soon. What is sealed is not there.
    let result = unsafe {
        match number {
            451 => libc::syscall(number, file, place, place.add(2), 0),
            452 => libc::syscall(number, file, c"".as_ptr(), 0o600, libc::AT_EMPTY_PATH),
            468 => libc::syscall(number, file, c"".as_ptr(), place, 24, libc::AT_EMPTY_PATH),
            _ => libc::syscall(number, 0, 0, 0, 0),
        }
    };
    let is_for_files = matches!(number, 451 | 452 | 468);
    result == 0 || !is_for_files && std::io::Error::last_os_error().raw_os_error() != Some(libc::ENOSYS)
}

/// Whether an ordinary process may watch files by fanotify_init(2), as far as it has opened them.
fn has_news() -> bool {
    // SAFETY: the call takes numbers only, and the descriptor is nobody else's.
    unsafe {
        let fd = libc::syscall(libc::SYS_fanotify_init, 512, 0);
        fd >= 0 && libc::close(fd as i32) == 0
    }
}

/// `PR_SET_SYSCALL_USER_DISPATCH` of linux/prctl.h.
const SET_USER_DISPATCH: libc::c_int = 59;

/// Whether a process can have its calls answered by a signal. It is switched off, as it is already.
fn has_user_dispatch() -> bool {
    let none: libc::c_ulong = 0;
    // SAFETY: the call takes numbers only.
    unsafe { libc::prctl(SET_USER_DISPATCH, none, none, none, none) == 0 }
}

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
        ("call itself something else", "a = prctl PR_SET_NAME \"init\" 0 0 0\nshow a", &[SECCOMP]),
        (
            "become the parent of all that is left",
            "a = prctl PR_SET_CHILD_SUBREAPER 1 0 0 0\nshow a",
            &[SECCOMP],
        ),
        ("make a process that is traced along", CLONE_TRACED, &[SECCOMP]),
        ("make a process that cannot be traced", CLONE_UNTRACED, &[SECCOMP]),
        ("have all processors serialize memory", "a = membarrier 0 0 0\nshow a", &[SECCOMP]),
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
    // Of kernels that are newer than the C library's bindings: all architectures share these numbers.
    for (name, script, number) in [
        (
            "learn which pages of a file are in memory",
            "b = openat dir0 \"file\" O_RDONLY\nset 0 0\nset 8 4096\na = 451 $b @0 @16 0\nshow a",
            451,
        ),
        (
            "change permissions by the newest call",
            "b = openat dir0 \"file\" O_RDONLY\na = 452 $b \"\" 511 AT_EMPTY_PATH\nshow a",
            452,
        ),
        ("list mounts", "set4 0 24\nset4 4 0\nset 8 -1\nset 16 0\na = 458 @0 @100 8 0\nshow a", 458),
        (
            "seal memory for good",
            "b = mmap 0 4096 PROT_READ|PROT_WRITE MAP_PRIVATE|32 -1 0\na = 462 $b 4096 0\nshow a",
            462,
        ),
        (
            "learn a file's attributes by the newest call",
            "b = openat dir0 \"file\" O_RDONLY\na = 468 $b \"\" @0 24 AT_EMPTY_PATH\nshow a",
            468,
        ),
    ] {
        all.push(
            attack(name, ALL, script, &[SECCOMP], succeeded('a'))
                .impossible_if(!has_call(number), "the kernel has no such call, or not for this file system"),
        );
    }
    all.push(
        attack("watch a file system", NOTHING, "a = fanotify_init 512 0\nshow a", &[SECCOMP], succeeded('a'))
            .impossible_if(!has_news(), "the kernel lets nobody without privileges do so"),
    );
    all.push(
        attack(
            "have calls answered by itself",
            NOTHING,
            format!("a = prctl {SET_USER_DISPATCH} 1 0 4096 @0\nshow a"),
            &[SECCOMP],
            succeeded('a'),
        )
        .impossible_if(!has_user_dispatch(), "the kernel has no such thing for this processor"),
    );
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
