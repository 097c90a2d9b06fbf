//! A hostile program that a harmless one has replaced itself by, with fewer descriptors.

use super::*;
use crate::hostile::scene::exists;

pub fn attacks() -> Vec<Attack> {
    let after = |name: &str, next: &str, judge: fn(&Scene, &Outcome) -> bool| {
        attack(format!("after proc_exec, {name}"), ALL, "exec", &[LANDLOCK], judge).then(next)
    };
    vec![
        after(
            "read in the directory above",
            "a = openat dir0 \"../beside\" O_RDONLY\nb = read $a @0 100\nprint 0 $b",
            leaks,
        ),
        after(
            "write in the directory above",
            "text 0 \"gone\"\na = openat dir0 \"../file\" O_WRONLY\nb = write $a @0 4",
            |scene, _| scene.text("granted/file") != "as it was",
        ),
        after(
            "list the directory above",
            "a = openat dir0 \"..\" O_RDONLY|O_DIRECTORY\nb = getdents64 $a @0 4096\nprint 0 $b",
            |_, outcome| outcome.stdout.contains("beside"),
        ),
        after("unlink in the directory above", "a = unlinkat dir0 \"../file\" 0", |scene, _| {
            !exists(scene.path("granted/file"))
        }),
        after(
            "make a file in the directory above",
            "a = openat dir0 \"../made\" O_RDWR|O_CREAT 420",
            |scene, _| exists(scene.path("granted/made")),
        ),
        after(
            "rename in the directory above",
            "a = renameat2 dir0 \"../file\" dir0 \"taken\" 0",
            |scene, _| exists(scene.path("granted/sub/taken")),
        ),
        // The first thread has slept in a call, and is what the kernel knows the process by. It has to be held in, too.
        attack(
            "after proc_exec on a second thread, read in the directory above on the first one",
            ALL,
            "exec-aside",
            &[LANDLOCK],
            leaks,
        )
        .then("a = first openat dir0 \"../beside\" O_RDONLY\nb = read $a @0 100\nprint 0 $b"),
    ]
}
