//! Places that no call makes: file systems of their own, in a mount namespace, and files that permissions shut the user out of.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudabi_test_support::{Captured, guest, runner, scratch, tool};
use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, mknodat, utimensat};

use crate::host::HEAD;

/// What makes the places, in a user and mount namespace. Without privileges the user is like any other one from then on, also
/// towards files of its own.
const PREPARE: &str = r#"
set -e
mount -t tmpfs none "$PLACES"
cd "$PLACES"
mkdir full read-only elsewhere locked locked/closed locked/fixed locked/passage
mount -t tmpfs -o size=64k,nr_inodes=16 none full
touch full/file
number=0
while touch "full/$number" 2> /dev/null; do number=$((number + 1)); done
cat /dev/zero > full/file 2> /dev/null || true
mount -t tmpfs none read-only
mkdir read-only/folder
echo content > read-only/file
mount -o remount,bind,ro read-only
mount -t tmpfs none elsewhere
for place in closed fixed passage; do printf content > "locked/$place/file"; done
ln -s file locked/closed/link
printf content > locked/secret
chmod 000 locked/secret locked/closed
chmod 444 locked/fixed/file
chmod 555 locked/fixed
chmod 311 locked/passage
exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"
"#;

/// Runs the program in such places. Where they cannot be made it is started without, and says itself what it skips.
pub fn run(program: &str) -> Captured {
    let folder = scratch();
    let granted = folder.path().join("granted");
    let special = folder.path().join("special");
    let places = folder.path().join("places");
    for folder in [&granted, &special, &places] {
        std::fs::create_dir(folder).expect("a folder can be made");
    }
    prepare_special(&special);
    let namespaces = tool(&["unshare"], "conformance: places that no call makes").is_some_and(|unshare| {
        let status = unshare.command().args(["-rm", "mount", "-t", "tmpfs", "none"]).arg(&places).status();
        status.is_ok_and(|status| status.success())
    });
    let directory = |path: &Path| format!("!directory {{path: {path:?}, access: [read, write, execute]}}");
    let mut config = format!("{HEAD}output: !fd stdout\ndirectory: {}\nplaces:\n", directory(&granted));
    config += &format!("  special: {}\n", directory(&special));
    let mut command = if namespaces {
        for name in ["full", "read-only", "elsewhere", "locked"] {
            config += &format!("  {name}: {}\n", directory(&places.join(name)));
        }
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", PREPARE, "sh"]).arg(runner()).env("PLACES", &places);
        command
    } else {
        Command::new(runner())
    };
    let file = folder.write("config.yaml", config);
    command.arg("--config").arg(file).arg(guest(program)).stdin(Stdio::null());
    crate::host::finish(
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started"),
    )
}

fn prepare_special(folder: &Path) {
    mknodat(CWD, folder.join("fifo"), FileType::Fifo, Mode::RWXU, 0).expect("a FIFO can be made");
    UnixListener::bind(folder.join("socket")).expect("a socket can be made");
    let ancient = folder.join("ancient");
    std::fs::write(&ancient, "").expect("a file can be made");
    let time = Timespec { tv_sec: -1_000_000, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, &ancient, &times, AtFlags::empty()).expect("times can be set");
}
