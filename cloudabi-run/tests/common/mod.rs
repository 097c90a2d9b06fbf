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

/// The smallest executable that is accepted: one segment that can be run, without anything useful in it.
pub fn executable(machine: u16) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.extend([cloudabi_host::image::OS_ABI, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend([3, 0]);
    file.extend(machine.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for offset in [120_u64, 64, 0] {
        file.extend(offset.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for size in [64_u16, 56, 1, 0, 0, 0] {
        file.extend(size.to_le_bytes());
    }
    file.extend([1_u32, 5].iter().flat_map(|word| word.to_le_bytes()));
    for word in [0_u64, 0, 0, 128, 128, 4096] {
        file.extend(word.to_le_bytes());
    }
    file.resize(128, 0);
    file
}
