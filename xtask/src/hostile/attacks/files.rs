//! Files outside of what is granted.

use super::*;
use crate::hostile::scene::exists;

/// Ways to the directory outside: where a look-up begins, and the path.
pub const WAYS: [(&str, &str, &str); 4] = [
    ("an absolute path", "AT_FDCWD", "{root}/outside"),
    ("dots", "dir0", "../outside"),
    ("an absolute link", "dir0", "absolute"),
    ("a relative link", "dir0", "relative"),
];

type Judge = fn(&Scene, &Outcome) -> bool;

fn changed(scene: &Scene, _: &Outcome) -> bool {
    scene.text("outside/victim") != "as it was"
}

fn made(scene: &Scene, _: &Outcome) -> bool {
    exists(scene.path("outside/made"))
}

/// What is tried in each way: `DIR` and `PATH` stand for it.
const OPERATIONS: &[(&str, &str, Judge)] = &[
    ("read a file outside", "a = openat DIR \"PATH/secret\" O_RDONLY\nb = read $a @0 100\nprint 0 $b", leaks),
    (
        "read a file outside with openat2",
        "set 0 O_RDONLY\na = openat2 DIR \"PATH/secret\" @0 24\nb = read $a @0 100\nprint 0 $b",
        leaks,
    ),
    (
        "write to a file outside",
        "text 0 \"gone\"\na = openat DIR \"PATH/victim\" O_WRONLY\nb = write $a @0 4",
        changed,
    ),
    (
        "append to a file outside",
        "a = openat DIR \"PATH/victim\" O_WRONLY|O_APPEND\nb = write $a @0 4",
        changed,
    ),
    ("cut a file outside off", "a = openat DIR \"PATH/victim\" O_WRONLY|O_TRUNC", changed),
    ("make a file outside", "a = openat DIR \"PATH/made\" O_WRONLY|O_CREAT 420", made),
    ("make a directory outside", "a = mkdirat DIR \"PATH/made\" 511", made),
    ("make a link outside", "a = symlinkat \"/\" DIR \"PATH/made\"", made),
    ("unlink a file outside", "a = unlinkat DIR \"PATH/victim\" 0", |scene, _| {
        !exists(scene.path("outside/victim"))
    }),
    ("remove a directory outside", "a = unlinkat DIR \"PATH/empty\" AT_REMOVEDIR", |scene, _| {
        !exists(scene.path("outside/empty"))
    }),
    ("rename outside", "a = renameat2 DIR \"PATH/victim\" DIR \"PATH/made\" 0", made),
    ("give a file outside another name", "a = linkat DIR \"PATH/victim\" DIR \"PATH/made\" 0", made),
    (
        "list a directory outside",
        "a = openat DIR \"PATH\" O_RDONLY|O_DIRECTORY\nb = getdents64 $a @0 4096\nprint 0 $b",
        |_, outcome| outcome.stdout.contains("victim"),
    ),
];

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    let both = [WORLD, LANDLOCK];
    for (way, directory, path) in WAYS {
        for (operation, script, judge) in OPERATIONS {
            let script = script.replace("DIR", directory).replace("PATH", path);
            // A name in capital letters of the system's own was in the way.
            let script = script.replace(&format!("O_{directory}ECTORY"), "O_DIRECTORY");
            let script = script.replace(&format!("AT_REMOVE{directory}"), "AT_REMOVEDIR");
            all.push(attack(format!("{operation} by {way}"), ALL, script, &both, judge));
        }
    }
    all.push(attack(
        "move a file from outside in",
        ALL,
        "a = renameat2 AT_FDCWD \"{root}/outside/victim\" dir0 \"taken\" 0",
        &both,
        |scene, _| exists(scene.path("granted/taken")),
    ));
    all.push(attack(
        "move a file out",
        ALL,
        "a = renameat2 dir0 \"file\" AT_FDCWD \"{root}/outside/made\" 0",
        &both,
        made,
    ));
    all.push(attack(
        "link a file from outside in",
        ALL,
        "a = linkat AT_FDCWD \"{root}/outside/victim\" dir0 \"taken\" 0",
        &both,
        |scene, _| exists(scene.path("granted/taken")),
    ));
    all.push(attack(
        "link a file out",
        ALL,
        "a = linkat dir0 \"file\" AT_FDCWD \"{root}/outside/made\" 0",
        &both,
        made,
    ));
    all.push(attack(
        "cut a file off by its path",
        ALL,
        "a = truncate \"{root}/outside/victim\" 0",
        &landlock_from(TRUNCATION, &[WORLD, SECCOMP]),
        changed,
    ));
    all.push(attack(
        "make a FIFO outside",
        ALL,
        "a = mknodat AT_FDCWD \"{root}/outside/made\" S_IFIFO|420 0",
        &[WORLD, LANDLOCK, SECCOMP],
        made,
    ));
    for (name, path, text) in [
        ("read the list of users", "/etc/passwd", "root:"),
        ("read the command line of another process", "/proc/{victim}/cmdline", "sleep"),
        ("read the system's list of mounts", "/proc/self/mounts", " / "),
        ("read the memory map of this process", "/proc/self/maps", "[stack]"),
        ("read by the root of this process", "/proc/self/root{root}/outside/secret", SECRET),
        ("read by the working directory of this process", "/proc/self/cwd/secret", SECRET),
        ("read a file of the kernel's", "/sys/kernel/mm/transparent_hugepage/enabled", "never"),
    ] {
        let script = format!("a = openat AT_FDCWD \"{path}\" O_RDONLY\nb = read $a @0 8000\nprint 0 $b");
        all.push(attack(name, NOTHING, script, &both, says(text)));
    }
    all.push(attack(
        "read the environment by its file",
        NOTHING,
        "a = openat AT_FDCWD \"/proc/self/environ\" O_RDONLY\nb = read $a @0 60000\nprint 0 $b",
        if rustix::process::geteuid().is_root() {
            &[WORLD, LANDLOCK, WIPING]
        } else {
            // The file belongs to root where the process is hidden.
            &[WORLD, LANDLOCK, WIPING, PRIVILEGES]
        },
        leaks,
    ));
    all.push(attack(
        "list the root",
        NOTHING,
        "a = openat AT_FDCWD \"/\" O_RDONLY|O_DIRECTORY\nb = getdents64 $a @0 4096\nprint 0 $b",
        &both,
        says("etc"),
    ));
    // Between a look and what follows from it, somebody outside does something.
    let wait = "b = write sock0 @4000 1\nb = read sock0 @4000 1";
    let directory = 0o040_755;
    // Where `struct stat` has it.
    let mode = if cfg!(target_arch = "x86_64") { 24 } else { 16 };
    all.push(
        attack(
            "read by a name that becomes a link after it was looked at",
            &format!("{ALL}stream: !fd 40\n"),
            format!(
                "a = newfstatat dir0 \"swapped\" @0 AT_SYMLINK_NOFOLLOW\nload4 m {mode}\nif m {directory}\n{wait}\n\
                 c = openat dir0 \"swapped/secret\" O_RDONLY\nd = read $c @0 100\nprint 0 $d\nend"
            ),
            &both,
            leaks,
        )
        .with(Extra::Meanwhile(|scene| {
            std::fs::remove_dir(scene.path("granted/swapped"))?;
            std::os::unix::fs::symlink("../outside", scene.path("granted/swapped"))
        })),
    );
    all.push(
        attack(
            "walk up from a directory that was moved out",
            &format!("{ALL}stream: !fd 40\n"),
            format!(
                "a = openat dir0 \"sub\" O_PATH|O_DIRECTORY\n{wait}\n\
                 c = openat $a \"../secret\" O_RDONLY\nd = read $c @0 100\nprint 0 $d"
            ),
            &both,
            leaks,
        )
        .with(Extra::Meanwhile(|scene| {
            std::fs::rename(scene.path("granted/sub"), scene.path("outside/sub"))
        })),
    );
    // By instructions of the runtime's: where a call comes from makes no difference.
    all.push(attack(
        "read a file outside through an instruction of the runtime's",
        NOTHING,
        "a = through openat AT_FDCWD \"{root}/outside/secret\" O_RDONLY\nb = through read $a @0 100\nprint 0 $b",
        &both,
        leaks,
    ));
    all.push(attack(
        "unlink a file outside through an instruction of the runtime's",
        NOTHING,
        "a = through unlinkat AT_FDCWD \"{root}/outside/victim\" 0",
        &both,
        |scene, _| !exists(scene.path("outside/victim")),
    ));
    all.push(attack(
        "learn a file's size through an instruction of the runtime's",
        NOTHING,
        "a = through newfstatat AT_FDCWD \"{root}/outside/secret\" @0 0\nload c 48\nshow c",
        &[WORLD],
        |_, outcome| outcome.stdout.contains(&format!("c={}\n", SECRET.len())),
    ));
    all
}
