//! More than the rights of a grant allow, beneath the grant.

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

use super::*;
use crate::hostile::scene::exists;

fn changed(scene: &Scene, _: &Outcome) -> bool {
    scene.text("granted/file") != "as it was"
}

fn made(scene: &Scene, _: &Outcome) -> bool {
    exists(scene.path("granted/made"))
}

fn gone(scene: &Scene, _: &Outcome) -> bool {
    !exists(scene.path("granted/file"))
}

type Judge = fn(&Scene, &Outcome) -> bool;

/// What each right stands for, by raw calls: the right, the script, whether it happened.
const ACTS: &[(&str, &str, &str, Judge)] = &[
    (
        "fd_write",
        "write to a file",
        "text 0 \"gone\"\na = openat dir0 \"file\" O_WRONLY\nb = write $a @0 4",
        changed,
    ),
    (
        "file_stat_fput_size",
        "cut a file off as it is opened",
        "a = openat dir0 \"file\" O_WRONLY|O_TRUNC",
        changed,
    ),
    ("file_create_file", "make a file", "a = openat dir0 \"made\" O_RDWR|O_CREAT 420", made),
    ("file_create_directory", "make a directory", "a = mkdirat dir0 \"made\" 511", made),
    ("file_symlink", "make a link", "a = symlinkat \"/\" dir0 \"made\"", made),
    ("file_unlink", "unlink a file", "a = unlinkat dir0 \"file\" 0", gone),
    ("file_rename_source", "rename a file", "a = renameat2 dir0 \"file\" dir0 \"made\" 0", made),
    ("file_rename_target", "give a file another name", "a = renameat2 dir0 \"file\" dir0 \"made\" 0", made),
    (
        "file_link_target",
        "give a file a name elsewhere",
        "a = linkat dir0 \"file\" dir0 \"sub/made\" 0",
        |scene, _| exists(scene.path("granted/sub/made")),
    ),
];

/// All rights of a grant but this one and those that allow the same: for each act, the rights of the directory and of what
/// is opened in it.
fn grant(rights: &str, inheriting: &str) -> String {
    format!(
        "directory: !directory {{path: '{{root}}/granted', rights: [{rights}], inheriting: [{inheriting}]}}\n"
    )
}

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (right, name, script, judge) in ACTS {
        all.push(attack(
            format!("{name} in a directory to read from ({right})"),
            READ,
            *script,
            &[WORLD, LANDLOCK],
            judge,
        ));
        // Something can be changed there, so that the mount is not read-only; but not this.
        let (rights, inheriting) = match *right {
            "file_create_file" | "file_link_target" => ("file_open, file_unlink", "fd_read"),
            "file_rename_target" => ("file_open, file_unlink, file_rename_source", "fd_read"),
            "fd_write" => ("file_open, file_unlink", "fd_read"),
            "file_stat_fput_size" => ("file_open, file_create_file", "fd_read, fd_write"),
            _ => ("file_open, file_create_file", "fd_read"),
        };
        let name = format!("{name} where other changes are allowed ({right})");
        all.push(attack(name, &grant(rights, inheriting), *script, &[LANDLOCK], judge));
    }
    all.push(attack(
        "cut a file off by its descriptor (file_stat_fput_size)",
        &grant("file_open, file_create_file", "fd_read, fd_write"),
        "a = openat dir0 \"file\" O_WRONLY\nb = ftruncate $a 0",
        &[LANDLOCK],
        changed,
    ));
    all.push(attack(
        "read a file in a directory to write to (fd_read)",
        &grant("file_open, file_readdir, file_create_file", "fd_write, file_stat_fput_size"),
        "a = openat dir0 \"beside\" O_RDONLY\nb = read $a @0 100\nprint 0 $b",
        &[LANDLOCK],
        leaks,
    ));
    all.push(attack(
        "list a directory that is not to be listed (file_readdir)",
        &grant("file_open, file_stat_get", "fd_read"),
        "a = openat dir0 \".\" O_RDONLY|O_DIRECTORY\nb = getdents64 $a @0 4096\nprint 0 $b",
        &[LANDLOCK],
        says("beside"),
    ));
    let (rights, inheriting) = ("file_open, file_unlink", "fd_read, fd_write, file_stat_fput_size");
    all.push(
        attack(
            "give a file a name that has none, where other changes are allowed (file_create_file)",
            &grant(rights, inheriting),
            "a = openat dir0 \".\" O_RDWR|O_TMPFILE 420\nb = linkat $a \"\" dir0 \"made\" AT_EMPTY_PATH",
            &[LANDLOCK],
            made,
        )
        .impossible_if(
            Features::probe().landlock < LINUX_6_10,
            "the kernel lets nobody without privileges do so",
        ),
    );
    all.push(attack(
        "map a file as code (mem_map_exec)",
        READ,
        "a = openat dir0 \"file\" O_RDONLY\nb = mmap 0 4096 PROT_READ|PROT_EXEC MAP_PRIVATE $a 0\nshow b",
        &[WORLD, SECCOMP],
        succeeded('b'),
    ));
    let beside_code = format!("{READ}program: !executable\n");
    for right in ["mem_map_exec", "proc_exec"] {
        all.push(attack(
            format!("map a file as code where only another one may be ({right})"),
            &beside_code,
            "a = openat dir0 \"file\" O_RDONLY\nb = mmap 0 4096 PROT_READ|PROT_EXEC MAP_PRIVATE $a 0\nshow b",
            &[WORLD],
            succeeded('b'),
        ));
    }
    all.push(attack(
        "execute a file of the directory (proc_exec)",
        ALL,
        "set 100 \"program\"\nset 108 0\na = execve \"{root}/granted/program\" @100 @108",
        &[WORLD, LANDLOCK, SECCOMP],
        |scene, _| exists(scene.path("outside/executed")),
    ));
    all.push(attack(
        "set a file's times in a directory to read from (file_stat_put_times)",
        READ,
        "set 0 1000\nset 16 1000\na = utimensat dir0 \"file\" @0 0",
        &[WORLD],
        |scene, _| scene.metadata("granted/file").mtime() == 1000,
    ));
    all.push(attack(
        "set a file's times by a descriptor to read from (file_stat_fput_times)",
        READ,
        "set 0 1000\nset 16 1000\nb = openat dir0 \"file\" O_RDONLY\na = utimensat $b 0 @0 0",
        &[WORLD],
        |scene, _| scene.metadata("granted/file").mtime() == 1000,
    ));
    all.push(attack(
        "change a file's permissions in a directory to read from",
        READ,
        "a = fchmodat dir0 \"file\" 511",
        &[WORLD, SECCOMP],
        |scene, _| scene.metadata("granted/file").mode() & 0o777 == 0o777,
    ));
    all.push(attack(
        "change a file's permissions by a descriptor to read from",
        READ,
        "b = openat dir0 \"file\" O_RDONLY\na = fchmod $b 511",
        &[WORLD, SECCOMP],
        |scene, _| scene.metadata("granted/file").mode() & 0o777 == 0o777,
    ));
    all.push(attack(
        "change a file's permissions where everything is granted",
        ALL,
        "a = fchmodat dir0 \"file\" 511",
        &[SECCOMP],
        |scene, _| scene.metadata("granted/file").mode() & 0o777 == 0o777,
    ));
    all.push(attack(
        "make a set-user-id file",
        ALL,
        "a = openat dir0 \"made\" O_RDWR|O_CREAT 2541",
        &[SECCOMP],
        |scene, _| exists(scene.path("granted/made")) && scene.metadata("granted/made").mode() & 0o4000 != 0,
    ));
    all.push(attack(
        "make a FIFO in the directory",
        ALL,
        "a = mknodat dir0 \"made\" S_IFIFO|420 0",
        &[LANDLOCK, SECCOMP],
        |scene, _| exists(scene.path("granted/made")) && scene.metadata("granted/made").file_type().is_fifo(),
    ));
    all
}
