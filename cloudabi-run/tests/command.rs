//! The command as a shell sees it.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cloudabi_host::image::Machine;
use common::executable;

/// Runs the command in a folder.
fn run(folder: &Path, arguments: &[&str], configuration: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloudabi-run"))
        .args(arguments)
        .current_dir(folder)
        // The help is wrapped for it.
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command was built");
    let mut stdin = child.stdin.take().expect("it was asked for");
    // The command may end before it has read this.
    let _ = stdin.write_all(configuration.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

/// What it says when it could not start the program.
fn refusal(folder: &Path, arguments: &[&str], configuration: &str) -> String {
    let output = run(folder, arguments, configuration);
    assert_eq!(output.status.code(), Some(127), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr)
        .expect("messages are UTF-8")
        .replace(&*folder.to_string_lossy(), "[folder]")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let native = Machine::HOST.number();
    let other = if native == 62 { 183 } else { 62 };
    let files: [(&str, Vec<u8>); 5] = [
        ("server.yaml", b"workers: 4\n".into()),
        ("program", executable(native)),
        ("elsewhere", executable(other)),
        ("script", b"#!/bin/sh\necho\n".into()),
        ("text", b"just text".into()),
    ];
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("the folder can be written to");
    }
    let mut linux = executable(native);
    linux[7] = 0;
    fs::write(folder.path().join("linux"), linux).expect("the folder can be written to");
    fs::create_dir(folder.path().join("folder")).expect("the folder can be written to");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .expect("the folder can be written to");
    folder
}

#[test]
fn files_that_are_no_programs() {
    let folder = folder();
    let mut text = String::new();
    let names = [
        "absent",
        "./progarm",
        "folder/x",
        "text/x",
        "folder",
        "pipe",
        "script",
        "text",
        "server.yaml",
        "linux",
        "elsewhere",
    ];
    for name in names {
        text += &refusal(folder.path(), &[name], "");
        text.push('\n');
    }
    // Whichever machine this is.
    let (here, there) =
        (Machine::HOST.to_string(), if Machine::HOST.number() == 62 { "aarch64" } else { "x86-64" });
    let text = text.replace(&here, "[this machine]").replace(there, "[another machine]");
    insta::assert_snapshot!(text);
}

#[test]
fn mistakes_on_the_command_line() {
    let folder = folder();
    let mut text = String::new();
    let lines: [&[&str]; 25] = [
        &[],
        &["--nonsense", "program"],
        &["program", "and", "more"],
        &["--config", "absent", "program"],
        &["--config", "folder", "program"],
        &["--dir", "program"],
        &["--dir", "folder", "program"],
        &["--dir=", "program"],
        &["--file", "conf", "--connect", "=x", "program"],
        &["--fd", "log=5x", "program"],
        &["--sandbox=ful", "program"],
        &["--sandbox", "program"],
        &["--limit", "memory", "program"],
        &["--limit", "disk=1", "program"],
        &["--limit", "memory=64X", "program"],
        &["--limit=cpu=-1", "program"],
        &["--trace=fd_raed", "program"],
        &["--trace=x*", "program"],
        &["--trace", "--trace-file", "folder", "--arg", "a=1", "program"],
        &["--trace", "--trace-file", "folder/x/y", "--arg", "a=1", "program"],
        &["--config", "server.yaml", "--config", "server.yaml", "program"],
        &["--check", "--explain", "program"],
        &["--explain=matrix", "program"],
        &["--binfmt", "remove"],
        &["--binfmt", "show", "program"],
    ];
    for arguments in lines {
        text += &format!("$ cloudabi-run {}\n", arguments.join(" "));
        text += &refusal(folder.path(), arguments, "");
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

#[test]
fn options_take_the_place_of_standard_input() {
    let folder = folder();
    let print = ["--print-argument-data", "program", "--arg", "tmpdir=1"];
    let expected = b"\x06\x88\x08tmpdir\0\x82\x05\x01";
    assert_eq!(run(folder.path(), &print, "tmpdir: [\n").stdout, expected);
    // Unless it is asked for.
    let both = [&print[..], &["--config", "-"]].concat();
    assert_eq!(run(folder.path(), &both, "# nothing\n").stdout, expected);
    let message = refusal(folder.path(), &both, "tmpdir: 2\n");
    assert!(message.contains("--> <command line>:1:7") && message.contains("::: <stdin>:1:1"), "{message}");
}

#[test]
fn checking_opens_nothing_and_tells_everything() {
    let folder = folder();
    let check = |arguments: &[&str], configuration: &str| {
        let output = run(folder.path(), &[&["--check"], arguments].concat(), configuration);
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).expect("messages are UTF-8"))
    };
    let right = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\nlisten: !unix_listener {path: made}\n";
    for arguments in [&[][..], &["program"], &["--config", "-", "--dir", "pages=absent:ro"]] {
        assert_eq!(check(arguments, right), (Some(0), String::new()), "{arguments:?}");
    }
    assert!(!folder.path().join("made").exists());
    let (status, message) = check(&["absent", "--config", "-", "--arg", "x"], "a: !fd 1\n");
    assert_eq!(status, Some(127));
    // What the configuration would have been nobody knows, so the option is not held against it.
    assert!(message.contains("`absent` does not exist") && message.contains("<stdin>:1:4"), "{message}");
    assert_eq!(check(&["--explain", "program"], "").0, Some(127));
}

#[test]
fn argument_data_for_other_hosts() {
    let folder = folder();
    let output = run(folder.path(), &["--print-argument-data", "program"], "tmpdir: 1\n");
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(output.stdout, b"\x06\x88\x08tmpdir\0\x82\x05\x01");
    let configuration = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n[!fd stdout, !directory {path: ., access: read}, !fd stdout]\n";
    let output = run(folder.path(), &["--print-argument-data", "program"], configuration);
    assert!(output.status.success() && output.stderr.is_empty());
    // Descriptors are numbered in the order in which they are first spoken of.
    assert_eq!(output.stdout, b"\x07\x85\x03\0\0\0\0\x85\x03\0\0\0\x01\x85\x03\0\0\0\0");
}

#[test]
fn help_and_version_are_no_failure() {
    let folder = folder();
    let output = run(folder.path(), &["--help"], "");
    assert!(output.status.success() && output.stderr.is_empty());
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
    let output = run(folder.path(), &["--version"], "");
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"cloudabi-run "));
}

/// Where a terminal, a disk or a list of descriptors has no room, or standard input is something odd.
#[test]
fn what_the_system_refuses() {
    let folder = folder();
    fs::write(folder.path().join("pair.yaml"), "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n- !socketpair\n")
        .expect("the folder can be written to");
    let scripts = [
        "cloudabi-run --print-argument-data --arg a=1 ./program > /dev/full",
        "cloudabi-run ./program < .",
        "ulimit -n 5; cloudabi-run ./program",
        "ulimit -n 4; cloudabi-run --fd log=stderr ./program",
        "cloudabi-run --fd log=3 ./program 3>&-",
    ];
    let mut text = String::new();
    for script in scripts {
        let output = Command::new("sh")
            .args(["-c", &script.replace("cloudabi-run", "\"$0\""), env!("CARGO_BIN_EXE_cloudabi-run")])
            .current_dir(folder.path())
            .stdin(fs::File::open(folder.path().join("pair.yaml")).expect("it is there"))
            .output()
            .expect("there is a shell");
        assert_eq!(output.status.code(), Some(127), "{script}");
        let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
        writeln!(text, "$ {script}\n{said}").expect("strings take everything");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_short_help() {
    let output = run(folder().path(), &["-h"], "");
    assert!(output.status.success() && output.stderr.is_empty());
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}

#[test]
fn mistakes_in_the_configuration() {
    let folder = folder();
    insta::assert_snapshot!("from_stdin", refusal(folder.path(), &["program"], "a: !fd 1\n"));
    fs::write(folder.path().join("config.yaml"), "a: [\n").expect("the folder can be written to");
    insta::assert_snapshot!("from_file", refusal(folder.path(), &["--config", "config.yaml", "program"], ""));
}

#[test]
fn permissions_are_explained() {
    let folder = folder();
    let path = folder.path().join("program");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o200)).expect("it is ours");
    let error = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let explanation = cloudabi_run::explain::explain(&path, "for reading", error);
    let help = explanation.help.expect("there is something to say");
    let said = format!("error: {}\n |\n = help: {help}\n", explanation.message);
    let said = said.replace(&*folder.path().to_string_lossy(), "[folder]");
    let user = rustix::process::geteuid().as_raw();
    insta::assert_snapshot!(
        said.replace(&format!(" {user} "), " [user] ").replace(&format!("user {user}"), "user [user]")
    );
}
