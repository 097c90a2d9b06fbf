//! What the kernel says of a program's process: it has no privileges and no way to any.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use cloudabi_test_support::{guest, runner, scratch};

#[test]
fn a_program_has_no_capabilities_in_any_set() {
    let folder = scratch();
    let granted = folder.path().join("granted");
    std::fs::create_dir(&granted).expect("a folder can be made");
    let config = format!(
        "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n\
         input: !fd stdin\noutput: !fd stdout\ndirectory: !directory {{path: {granted:?}, access: read}}\n"
    );
    let config = folder.write("config.yaml", &config);
    let mut command = Command::new(runner());
    command.arg("--config").arg(config).arg(guest("steady")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut starter = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let mut line = String::new();
    let output = starter.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("the program says something");
    assert_eq!(line, "ready\n");

    let pid = starter.id();
    let read =
        |path: String| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let inside = read(format!("/proc/{pid}/task/{pid}/children"));
    let status = read(format!("/proc/{}/status", inside.trim()));
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("there is no {name} in {status}")).trim()
    };
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(u64::from_str_radix(field(set), 16), Ok(0), "{set}");
    }
    assert_eq!((field("NoNewPrivs:"), field("Seccomp:")), ("1", "2"));
    // Its standard input ends, and so it does.
    drop(starter.stdin.take());
    starter.wait().expect("a child");
}
