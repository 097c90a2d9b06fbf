//! `--explain` on machines that have this and lack that.

#![cfg(target_os = "linux")]

mod common;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser as _;
use cloudabi_host::image::Machine;
use cloudabi_linux_glue::sandbox::{Features, allowed_calls, killed_calls, namespaces_in_words};
use cloudabi_run::cli::Arguments;
use cloudabi_run::{confine, prepare};
use common::{HEAD, enter_folder, executable};

/// A kernel that has everything.
const ALL: Features = Features { landlock: 7, seccomp: true, mounts: true, namespaces: true };

const CONFIGURATION: &str = "
pages: !directory {path: pages, access: read}
spool: !directory
  path: pages/images
  rights: [file_open, file_create_file]
  inheriting: [fd_write, fd_seek]
notes: !file {path: notes.txt}
pair: !socketpair
control: !unix_stream {path: socket, foreign_directories: true}
limits: !limits {memory: 64M, cpu: 30}
";

/// What is said of a start with these options and this configuration.
fn explained(options: &[&str], configuration: &str, features: Features) -> String {
    enter_folder();
    // Tests share the folder.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let (program, config) = (format!("./program-{number}"), format!("explain-{number}.yaml"));
    fs::write(&program, executable(Machine::HOST.number())).expect("the folder can be written to");
    fs::write(&config, format!("{HEAD}{configuration}")).expect("the folder can be written to");
    let line = ["cloudabi-run", "--explain", "--config", &config];
    let line = line.iter().copied().chain(options.iter().copied()).chain([program.as_str()]);
    let arguments = Arguments::try_parse_from(line.map(OsString::from)).expect("the options are right");
    let launch = prepare::prepare(&arguments).unwrap_or_else(|refusal| panic!("{}", refusal.render(false)));
    let sandbox = confine::sandbox(&arguments, &launch).expect("there are no other layers");
    let said = confine::explain(&launch, sandbox, features).replace(&program, "./program");
    // What this machine's kernel has of its own.
    said.replace(
        &format!("{} system calls; {} end", allowed_calls(), killed_calls().count()),
        "N system calls; M end",
    )
    // Without a network of its own where Landlock has no say in it.
    .replace("user, mount, IPC and network namespaces", namespaces_in_words())
    .replace(namespaces_in_words(), "user, mount and IPC namespaces")
    .replace(" truncate", "")
}

#[test]
fn layers_of_each_mode() {
    // The listener of the folder is gone, and somebody has to be there to connect to.
    enter_folder();
    fs::remove_file("socket").expect("it is there");
    let _listener = std::os::unix::net::UnixListener::bind("socket").expect("the folder can be written to");
    let mut text = String::new();
    for mode in ["--sandbox=full", "--sandbox=landlock", "--sandbox=none"] {
        writeln!(text, "{}", explained(&[mode], CONFIGURATION, ALL)).expect("strings take everything");
    }
    let limits =
        ["--debug", "--foreign-directories", "--limit", "processes=10", "--limit", "descriptors=100"];
    text += &explained(&limits, "", ALL);
    text += "\n";
    text += &explained(&[], "", ALL);
    insta::assert_snapshot!(text);
}

#[test]
fn machines_that_lack_something() {
    let lacking = [
        ("namespaces", Features { namespaces: false, ..ALL }),
        ("attributes of mounts", Features { mounts: false, ..ALL }),
        ("filters", Features { seccomp: false, ..ALL }),
        ("Landlock", Features { landlock: 0, ..ALL }),
        ("a newer Landlock", Features { landlock: 1, ..ALL }),
        ("everything", Features { landlock: 0, seccomp: false, mounts: false, namespaces: false }),
    ];
    let spool = "spool: !directory {path: pages, rights: [file_open], inheriting: [fd_write]}\n";
    let mut text = String::new();
    for (what, features) in lacking {
        for mode in ["--sandbox=full", "--sandbox=landlock"] {
            let said = explained(&[mode], spool, features);
            // What would hold it has been shown above.
            let end = said.rsplit_once("\n\n").map_or("", |(_, end)| end);
            writeln!(text, "without {what}, {mode}:\n{end}").expect("strings take everything");
        }
    }
    insta::assert_snapshot!(text);
}
