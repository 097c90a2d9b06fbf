//! Descriptors that were not granted, and what can be done with those that were.

use super::*;
use crate::hostile::scene::exists;

pub fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    let inherited = |name: &str,
                     what: &'static str,
                     script: &str,
                     held_by: &[Layer],
                     judge: fn(&Scene, &Outcome) -> bool| {
        attack(name, NOTHING, script, held_by, judge).with(Extra::Inherited(what))
    };
    let closed = &[DESCRIPTORS];
    all.push(inherited(
        "read an inherited file",
        "file",
        "a = pread64 40 @0 100 0\nprint 0 $a",
        closed,
        leaks,
    ));
    all.push(inherited(
        "map an inherited file",
        "file",
        "a = mmap 0 4096 PROT_READ MAP_PRIVATE 40 0\nb = write fifo0 $a 27\nb = write fifo1 $a 27",
        closed,
        leaks,
    ));
    all.push(inherited(
        "write to an inherited file",
        "writable",
        "text 0 \"gone\"\na = write 40 @0 4",
        closed,
        |scene, _| scene.text("outside/victim") != "as it was",
    ));
    all.push(inherited("cut an inherited file off", "writable", "a = ftruncate 40 0", closed, |scene, _| {
        scene.text("outside/victim") != "as it was"
    }));
    all.push(inherited(
        "receive from an inherited socket",
        "socket",
        "a = read 40 @0 100\nprint 0 $a",
        closed,
        leaks,
    ));
    all.push(inherited(
        "list an inherited directory",
        "directory",
        "a = getdents64 40 @0 4096\nprint 0 $a",
        closed,
        |_, outcome| outcome.stdout.contains("victim"),
    ));
    all.push(inherited(
        "look at a file in an inherited directory",
        "directory",
        "a = newfstatat 40 \"secret\" @0 0\nload b 48\nshow b",
        closed,
        |_, outcome| outcome.stdout.contains(&format!("b={}\n", SECRET.len())),
    ));
    all.push(inherited(
        "read in an inherited directory",
        "directory",
        "a = openat 40 \"secret\" O_RDONLY\nb = read $a @0 100\nprint 0 $b",
        &[DESCRIPTORS, LANDLOCK],
        leaks,
    ));
    all.push(inherited(
        "unlink in an inherited directory",
        "directory",
        "a = unlinkat 40 \"victim\" 0",
        &[DESCRIPTORS, LANDLOCK],
        |scene, _| !exists(scene.path("outside/victim")),
    ));
    all.push(attack(
        "read the configuration from standard input",
        NOTHING,
        "a = pread64 0 @0 4000 0\nprint 0 $a",
        closed,
        says("-comment"),
    ));
    all.push(attack(
        "speak in the name of cloudabi-run",
        NOTHING,
        "text 0 \"cloudabi-run: all is well\"\na = write 2 @0 25",
        closed,
        |_, outcome| outcome.stderr.contains("all is well"),
    ));
    all.push(attack(
        "make the output's pipe larger",
        NOTHING,
        "a = fcntl fifo0 F_SETPIPE_SZ 262144\na = fcntl fifo1 F_SETPIPE_SZ 262144",
        &[SECCOMP],
        |_, outcome| outcome.pipe > 65536,
    ));
    all.push(attack(
        "take a lease on a file",
        ALL,
        "b = openat dir0 \"file\" O_RDWR\na = fcntl $b F_SETLEASE F_WRLCK\nshow a",
        &[SECCOMP],
        succeeded('a'),
    ));
    all.push(attack(
        "lock a file",
        ALL,
        "b = openat dir0 \"file\" O_RDWR\na = flock $b 6\nshow a",
        &[SECCOMP],
        succeeded('a'),
    ));
    all.push(
        attack(
            "set an attribute of the user's on a file",
            ALL,
            "b = openat dir0 \"file\" O_RDWR\na = fsetxattr $b \"user.x\" @0 1 0\nshow a",
            &[SECCOMP],
            succeeded('a'),
        )
        .impossible_if(!have_attributes(), NO_ATTRIBUTES),
    );
    // The output, and the pipe that the runtime says things through.
    all.push(attack("have more descriptors than the grants", NOTHING, "count", closed, |_, outcome| {
        let open = outcome.stdout.trim().strip_prefix("open=").and_then(|count| count.parse::<u32>().ok());
        open.is_some_and(|open| open > 2)
    }));
    all.extend(granted_files());
    all.extend(terminals());
    all
}

/// A granted file, of which the descriptor says how it can be used.
fn granted_files() -> Vec<Attack> {
    let file = "file: !file {path: '{root}/outside/victim', access: read}\n";
    let both = &[WORLD, LANDLOCK];
    // Whichever number it has.
    let by_name =
        |script: &str| (0..40).map(|fd| script.replace("NUMBER", &fd.to_string()) + "\n").collect::<String>();
    vec![
        attack(
            "open a granted file again to change it",
            file,
            by_name("a = openat AT_FDCWD \"/proc/self/fd/NUMBER\" O_WRONLY|O_TRUNC"),
            both,
            |scene, _| scene.text("outside/victim") != "as it was",
        ),
        attack(
            "give a granted file a name in a directory",
            &format!("{ALL}{file}"),
            by_name("a = linkat AT_FDCWD \"/proc/self/fd/NUMBER\" dir0 \"taken\" 1024"),
            both,
            |scene, _| exists(scene.path("granted/taken")),
        ),
        attack(
            "change a granted file's permissions",
            file,
            "a = fchmod file0 511",
            &[SECCOMP],
            |scene, _| {
                use std::os::unix::fs::MetadataExt as _;
                scene.metadata("outside/victim").mode() & 0o777 == 0o777
            },
        ),
        attack(
            "set an attribute of the user's on a granted file",
            file,
            "a = fsetxattr file0 \"user.x\" @0 1 0\nshow a",
            &[SECCOMP],
            succeeded('a'),
        )
        .impossible_if(!have_attributes(), NO_ATTRIBUTES),
        attack(
            "look beside a granted file",
            file,
            "a = newfstatat AT_FDCWD \"{root}/outside/secret\" @0 0\nload c 48\nshow c",
            &[WORLD],
            |_, outcome| outcome.stdout.contains(&format!("c={}\n", SECRET.len())),
        ),
    ]
}

fn terminals() -> Vec<Attack> {
    let mut all = Vec::new();
    let no_typing = std::fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti");
    let no_typing = no_typing.is_ok_and(|text| text.trim() == "0");
    for (name, request) in [
        ("type on a terminal", "TIOCSTI"),
        ("keep others from a terminal", "TIOCEXCL"),
        ("change how a terminal understands lines", "TIOCSETD"),
        ("throw away what was typed on a terminal", "TCFLSH"),
    ] {
        let script = match request {
            "TCFLSH" => "a = ioctl chr0 TCFLSH 0\nshow a".to_owned(),
            _ => format!("set 0 0\na = ioctl chr0 {request} @0\nshow a"),
        };
        all.push(
            attack(name, "terminal: !fd 40\n", script, &[SECCOMP], succeeded('a'))
                .with(Extra::ControllingTerminal)
                .impossible_if(no_typing && request == "TIOCSTI", "the system has switched it off"),
        );
    }
    all.push(
        attack(
            "open the terminal that it is started from",
            NOTHING,
            "a = openat AT_FDCWD \"/dev/tty\" O_RDWR\nshow a",
            &[WORLD, LANDLOCK],
            succeeded('a'),
        )
        .with(Extra::ControllingTerminal),
    );
    all.push(
        attack(
            "make a terminal the one that signals come from",
            "terminal: !fd 40\n",
            "a = setsid\na = ioctl chr0 TIOCSCTTY 0\nshow a",
            &[SECCOMP],
            succeeded('a'),
        )
        .with(Extra::Terminal),
    );
    all.push(
        attack(
            "change the size of a terminal",
            "terminal: !fd 40\n",
            "set 0 5046296\na = ioctl chr0 TIOCSWINSZ @0",
            &[SECCOMP],
            |scene, _| scene.columns() == 77,
        )
        .with(Extra::Terminal),
    );
    all.push(
        attack(
            "switch a terminal's echo off",
            "terminal: !fd 40\n",
            "a = ioctl chr0 TCSETS @0",
            &[SECCOMP],
            |scene, _| !scene.echoes(),
        )
        .with(Extra::Terminal),
    );
    all
}
