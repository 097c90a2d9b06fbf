//! More of the machine than the limits allow.

use super::*;

pub fn attacks() -> Vec<Attack> {
    let root = rustix::process::geteuid().is_root();
    let fork =
        "a = clone 18874385 0 0 0 0\nif a 0\nset 0 1\nb = clock_nanosleep 1 0 @0 0\nb = exit_group 0\nend\n";
    vec![
        attack(
            "take more memory than the limit",
            NOTHING,
            "a = mmap 0 268435456 PROT_READ|PROT_WRITE MAP_PRIVATE|32 -1 0\nshow a",
            &[LIMITS],
            succeeded('a'),
        )
        .option("--limit=memory=64M"),
        attack(
            "take more memory than the configuration's limit",
            "limits: !limits {memory: 64M}\n",
            "a = mmap 0 268435456 PROT_READ|PROT_WRITE MAP_PRIVATE|32 -1 0\nshow a",
            &[LIMITS],
            succeeded('a'),
        ),
        attack(
            "open more descriptors than the limit",
            NOTHING,
            "a = dup3 1 900 0\na = fcntl fifo0 1030 900\nshow a",
            &[LIMITS],
            succeeded('a'),
        )
        .option("--limit=descriptors=64"),
        attack(
            "make more processes than the limit",
            NOTHING,
            fork.repeat(8) + "show a",
            &[LIMITS],
            succeeded('a'),
        )
        .option("--limit=processes=6")
        .impossible_if(root, "the kernel counts no processes of root's"),
        attack(
            "use more processor time than the limit",
            NOTHING,
            // Twice: in an emulated machine time may pass at once, before the kernel looks.
            "spin 1500\nspin 1500\ntext 0 \"done\"\nprint 0 4",
            &[LIMITS],
            says("done"),
        )
        .option("--limit=cpu=1"),
        attack("leave a core file", NOTHING, "crash", &[WORLD, LANDLOCK, PRIVILEGES], |scene, _| {
            let Ok(entries) = std::fs::read_dir(scene.path("outside")) else { return false };
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("core"))
        })
        .with(Extra::CoreFiles)
        .impossible_if(
            std::fs::read_to_string("/proc/sys/kernel/core_pattern")
                .is_ok_and(|text| !text.starts_with("core")),
            "the system does not put core files where the process is",
        ),
    ]
}
