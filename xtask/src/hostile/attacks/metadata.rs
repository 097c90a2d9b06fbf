//! What there is outside, and what can be learned and changed without opening it. Landlock does not look at any of it.

use std::os::unix::fs::MetadataExt as _;

use super::files::WAYS;
use super::*;

type Judge = fn(&Scene, &Outcome) -> bool;

fn is_zero(_: &Scene, outcome: &Outcome) -> bool {
    outcome.stdout.contains("a=0\n")
}

fn has_size(_: &Scene, outcome: &Outcome) -> bool {
    outcome.stdout.contains(&format!("c={}\n", SECRET.len()))
}

const W: &[Layer] = &[WORLD];
const WS: &[Layer] = &[WORLD, SECCOMP];

const OPERATIONS: &[(&str, &str, &[Layer], Judge)] = &[
    ("learn a file's size", "a = newfstatat DIR \"PATH/secret\" @0 0\nload c 48\nshow c", W, has_size),
    (
        "learn a file's size from a descriptor for its path",
        "b = openat DIR \"PATH/secret\" O_PATH\na = newfstatat $b \"\" @0 AT_EMPTY_PATH\nload c 48\nshow c",
        W,
        has_size,
    ),
    ("read a link", "a = readlinkat DIR \"PATH/link\" @0 200\nprint 0 $a", W, |_, outcome| {
        outcome.stdout.contains("outside/secret")
    }),
    (
        "set a file's times",
        "set 0 1000\nset 16 1000\na = utimensat DIR \"PATH/victim\" @0 0",
        W,
        |scene, _| scene.metadata("outside/victim").mtime() == 1000,
    ),
    ("ask whether a file is there", "a = faccessat DIR \"PATH/secret\" 0\nshow a", WS, is_zero),
    ("change a file's permissions", "a = fchmodat DIR \"PATH/victim\" 511", WS, |scene, _| {
        scene.metadata("outside/victim").mode() & 0o777 == 0o777
    }),
    ("change a file's owner", "a = fchownat DIR \"PATH/victim\" -1 -1 0\nshow a", WS, is_zero),
    ("learn all about a file", "a = statx DIR \"PATH/secret\" 0 4095 @0\nshow a", WS, is_zero),
];

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (way, directory, path) in WAYS {
        for (operation, script, held_by, judge) in OPERATIONS {
            let script = script.replace("DIR", directory).replace("PATH/", &format!("{path}/"));
            all.push(attack(format!("{operation} by {way}"), ALL, script, held_by, judge));
        }
    }
    for (name, script) in [
        ("learn about the file system outside", "a = statfs \"{root}/outside\" @0\nshow a"),
        ("make another directory the working directory", "a = chdir \"{root}/outside\"\nshow a"),
        (
            "watch a directory outside",
            "b = inotify_init1 0\na = inotify_add_watch $b \"{root}/outside\" 4095\nshow a",
        ),
    ] {
        all.push(attack(name, ALL, script, WS, succeeded('a')));
    }
    all
}
