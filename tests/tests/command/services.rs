//! What service managers and the kernel do with programs: sockets that are passed on, readiness, the journal, rules for
//! executables.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudabi_test_support::{guest, runner, scratch, tool};

/// The program `lines` between pipes.
fn lines() -> Command {
    let mut command = Command::new(runner());
    command.args(["--fd", "input=stdin", "--fd", "output=stdout"]).arg(guest("lines"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[test]
fn readiness_is_told_when_the_program_runs() {
    let folder = scratch();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    let mut message = [0; 64];
    let mut told = || {
        let length = manager.recv(&mut message).expect("a message");
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let mut child = lines().env("NOTIFY_SOCKET", &path).spawn().expect("it is there");
    assert_eq!(told(), "READY=1");
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());

    // A program that does not start is not ready.
    let mut command = Command::new(runner());
    command.env("NOTIFY_SOCKET", &path).arg("/dev/null").stdin(Stdio::null()).stderr(Stdio::null());
    assert_eq!(command.status().expect("it is there").code(), Some(127));
    // One that has a connection to the manager says so itself.
    let mut command = Command::new(runner());
    let config = folder.write(
        "config.yaml",
        format!(
            "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !socket {{type: dgram, connect: {path:?}}}\n"
        ),
    );
    command.env("NOTIFY_SOCKET", &path).arg("--config").arg(config).arg(guest("hello"));
    assert!(command.status().expect("it is there").success());
    assert_eq!(told(), "hello\n");
    manager.set_nonblocking(true).expect("it can be");
    assert!(manager.recv(&mut message).is_err(), "nothing else was said");
}

#[test]
fn sockets_are_passed_on_by_name() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    // The program gets a connection, as one socket for each connection would be (`Accept=yes`).
    let mut client = TcpStream::connect(address).expect("somebody listens");
    let (connection, _) = listener.accept().expect("a connection");
    let mut command = Command::new("sh");
    command.args(["-c", "LISTEN_PID=$$ exec \"$0\" \"$@\""]).arg(runner());
    command.args(["--fd", "input=peer", "--fd", "output=peer"]).arg(guest("lines"));
    command.env("LISTEN_FDS", "1").env("LISTEN_FDNAMES", "peer").stdin(Stdio::null());
    let number = connection.as_raw_fd();
    // SAFETY: between fork and exec, only a call is made that touches no memory.
    unsafe {
        command.pre_exec(move || {
            // SAFETY: the connection is open for as long as the command is built and started.
            let connection = std::os::fd::BorrowedFd::borrow_raw(number);
            let mut third = std::mem::ManuallyDrop::new(std::os::fd::FromRawFd::from_raw_fd(3));
            Ok(rustix::io::dup2(connection, &mut third)?)
        });
    }
    let mut child = command.spawn().expect("there is a shell");
    drop(connection);
    client.write_all(b"over the network").expect("somebody reads");
    client.shutdown(std::net::Shutdown::Write).expect("it is open");
    let mut said = String::new();
    client.read_to_string(&mut said).expect("somebody writes");
    assert_eq!(said, "ready\ngot over the network");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn messages_in_the_journal_have_levels() {
    let folder = scratch();
    let path = folder.write("journal", "");
    let journal = std::fs::File::options().append(true).open(&path).expect("it can be opened");
    let metadata = journal.metadata().expect("it is there");
    let run = |stream: String| {
        let mut command = Command::new(runner());
        command
            .args(["--dir", "pages=absent", "--sandbox=none"])
            .arg(guest("hello"))
            .env("JOURNAL_STREAM", stream);
        command.stdin(Stdio::null()).stderr(journal.as_fd().try_clone_to_owned().expect("a descriptor"));
        assert_eq!(command.status().expect("it is there").code(), Some(127));
        let said = std::fs::read_to_string(&path).expect("it can be read");
        journal.set_len(0).expect("it is a file");
        said
    };
    let said = run(format!("{}:{}", metadata.dev(), metadata.ino()));
    assert!(said.starts_with("<3>error: `absent` does not exist\n"), "{said}");
    assert!(said.lines().all(|line| line.starts_with("<3>")), "{said}");
    let said = run("1:1".to_owned());
    assert!(said.starts_with("error: ") && !said.contains("<3>"), "{said}");
}

/// The units that come with the command, and the one of its README, as systemd understands them. What they start is put in
/// the place of what is installed elsewhere.
#[test]
fn units_are_as_systemd_wants_them() {
    let Some(analyze) = tool(&["systemd-analyze"], "units: systemd-analyze verify") else { return };
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent");
    let read = |path: &str| std::fs::read_to_string(repository.join(path)).expect("a file");
    let readme = read("cloudabi-run/README.md");
    let unit = readme.split_once("```ini\n").and_then(|(_, rest)| rest.split_once("```")).expect("a unit").0;
    let packaged = ["cloudabi-web-server.service", "cloudabi-web-server.socket"];
    let units = packaged.map(|name| (name, read(&format!("packaging/systemd/{name}"))));
    let verify = |units: &[(&str, String)]| {
        let folder = scratch();
        let here = |text: &str| text.replace("/usr/bin/cloudabi-run", &runner().display().to_string());
        let paths: Vec<_> = units.iter().map(|(name, text)| folder.write(name, here(text))).collect();
        let output =
            analyze.command().args(["verify", "--man=no"]).args(paths).output().expect("it is there");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let of_readme = ("readme.service", unit.to_owned());
    assert_eq!(verify(&units), (true, String::new()));
    assert_eq!(verify(&[of_readme]), (true, String::new()));
    // And it does complain.
    let (_, said) = verify(&[("wrong.service", unit.replace("Type=notify", "Type=notifies"))]);
    assert!(said.contains("Failed to parse service type"), "{said}");
}

#[test]
fn the_kernel_starts_programs_by_the_command() {
    let name = "registering programs with the kernel";
    let Some(unshare) = tool(&["unshare"], name) else { return };
    // In a namespace the rules are its own, as of Linux 6.7.
    let script = "
set -e
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
\"$1\" --binfmt register
\"$1\" --binfmt register
\"$2\" --fd output=stdout
\"$1\" --binfmt unregister
test ! -e /proc/sys/fs/binfmt_misc/cloudabi
\"$1\" --binfmt unregister || echo \"status $?\"
";
    let output = unshare
        .command()
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(runner())
        .arg(guest("hello"))
        .stdin(Stdio::null())
        .output()
        .expect("it is there");
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("mount: ") {
        cloudabi_test_support::missing("binfmt_misc in namespaces", "Linux 6.7 has it", name);
        return;
    }
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\nstatus 127\n", "{said}");
    assert!(said.contains("nothing is registered"), "{said}");
}
