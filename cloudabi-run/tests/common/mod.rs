//! What the tests share: a folder with files, and the way from a configuration to its messages.

#![allow(dead_code, reason = "not every test program has need of all of it")]

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::OnceLock;

use cloudabi_argdata::Value;
use cloudabi_run::diagnostic::render;
use cloudabi_run::open::open;
use cloudabi_run::passed::Passed;
use cloudabi_run::plan::Granted;
use cloudabi_run::prepare::understand;
use cloudabi_run::shortcuts::{Kind, Shortcut, Shortcuts};
use cloudabi_run::source::Source;

/// What makes `!fd` and the like out of tags.
pub const HEAD: &str = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n";

/// Makes a folder with files the current directory of this test program. It stays for all tests.
pub fn enter_folder() {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        populate(folder.path());
        std::env::set_current_dir(folder.path()).expect("the folder is there");
        folder
    });
}

fn populate(folder: &Path) {
    fs::write(folder.join("notes.txt"), "notes\n").expect("the folder can be written to");
    fs::create_dir_all(folder.join("pages/images")).expect("the folder can be written to");
    symlink("nowhere", folder.join("dangling")).expect("the folder can be written to");
    symlink("loop", folder.join("loop")).expect("the folder can be written to");
    UnixListener::bind(folder.join("socket")).expect("the folder can be written to");
}

/// What a program would get: the value and the descriptors; or all messages, as people see them.
pub fn grants(configuration: impl Into<Vec<u8>>) -> Result<(Value, Vec<Granted>), String> {
    enter_folder();
    grants_for(&File::open("notes.txt").expect("the file is there"), configuration)
}

/// What a program would get whose file is this.
pub fn grants_for(
    program: &File,
    configuration: impl Into<Vec<u8>>,
) -> Result<(Value, Vec<Granted>), String> {
    all_grants(program, configuration, &Shortcuts::default())
}

/// What a program would get with options that add to the configuration: pairs of an option's name and what stands after it.
pub fn grants_with(
    options: &[(&str, &str)],
    configuration: impl Into<Vec<u8>>,
) -> Result<(Value, Vec<Granted>), String> {
    enter_folder();
    let option = |(name, text): &(&str, &str)| {
        let kind = Kind::of_option(format!("--{name}").as_bytes()).expect("there is such an option");
        Shortcut { kind, text: (*text).to_owned() }
    };
    let shortcuts = Shortcuts(options.iter().map(option).collect());
    all_grants(&File::open("notes.txt").expect("the file is there"), configuration, &shortcuts)
}

fn all_grants(
    program: &File,
    configuration: impl Into<Vec<u8>>,
    shortcuts: &Shortcuts,
) -> Result<(Value, Vec<Granted>), String> {
    let mut source = Source { command_line: shortcuts.text(), ..Source::named("<stdin>") };
    understand(configuration.into(), &mut source, shortcuts, &Passed::default())
        .and_then(|configuration| {
            let granted = open(&configuration.requests, program.as_fd())?;
            Ok((configuration.value, granted))
        })
        .map_err(|errors| render(&errors, &source, false))
}
