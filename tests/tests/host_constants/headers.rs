//! Names and numbers held against the systems' own headers.

use super::libc_source::source;
use super::{definition, host, named_constants};
use cloudabi_codegen::model::HostConstant;
use cloudabi_test_support::{Scratch, Tool, python_module, run, run_expecting_failure, scratch, tool};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Headers in which the tables' constants are declared, on all systems.
const COMMON: &[&str] = &[
    "dirent.h",
    "errno.h",
    "fcntl.h",
    "signal.h",
    "sys/mman.h",
    "sys/socket.h",
    "sys/stat.h",
    "sys/types.h",
    "time.h",
    "unistd.h",
];

/// A system whose headers the Python package `ziglang` brings.
struct System {
    /// What clang calls it.
    target: &'static str,
    /// Folders in the package's folder of headers.
    headers: &'static [&'static str],
}

const FREEBSD: System =
    System { target: "x86_64-unknown-freebsd15", headers: &["x86_64-freebsd-none", "generic-freebsd"] };
const MACOS: System = System { target: "arm64-apple-macos14", headers: &["any-darwin-any"] };

#[test]
fn recorded_constants_of_linux_are_the_kernels() {
    let test = "recorded constants of Linux against the kernel's headers";
    let Some(compiler) = tool(&["cc", "gcc", "clang"], test) else { return };
    let model = definition();
    let recorded = &host(&model, "linux").constants;
    let installed = numbers_in_headers(&compiler, recorded);
    // The installed headers may be older than the definition; those of this crate are the newest.
    let newest = numbers_in_raw_sys();
    let wrong = wrong(recorded, &[&installed, &newest]);
    assert!(wrong.is_empty(), "abi/hosts/linux.yaml: {wrong:#?}");
    assert!(!installed.is_empty(), "the installed headers have none of the constants");
}

#[test]
fn a_wrong_or_unknown_number_is_reported() {
    let test = "a wrong number against the kernel's headers";
    let Some(compiler) = tool(&["cc", "gcc", "clang"], test) else { return };
    let constant = |name: &str, value| HostConstant {
        name: name.to_string(),
        value,
        source: "linux/mount.h".to_string(),
    };
    let recorded = [
        constant("MOUNT_ATTR_RDONLY", 1),
        constant("MOUNT_ATTR_NOSUID", 3),
        constant("MOUNT_ATTR_NOTHING", 1),
        HostConstant { source: "linux/no_such_header.h".to_string(), ..constant("NO_HEADER", 1) },
    ];
    let installed = numbers_in_headers(&compiler, &recorded);
    assert_eq!(installed.len(), 2);
    let wrong = wrong(&recorded, &[&installed]);
    assert_eq!(
        wrong,
        [
            "MOUNT_ATTR_NOSUID is 0x2 in linux/mount.h, recorded as 0x3",
            "MOUNT_ATTR_NOTHING is in no header that was found",
            "NO_HEADER is in no header that was found",
        ]
    );
}

#[test]
fn the_headers_of_freebsd_have_the_constants() {
    let Some(probe) = Probe::of(&FREEBSD, "constants of FreeBSD against its headers") else { return };
    let model = definition();
    let freebsd = host(&model, "freebsd");
    let headers: Vec<&str> = COMMON.iter().copied().chain(["sys/capsicum.h"]).collect();
    run(&mut probe.command(&name_assertions(&headers, &named_constants(freebsd))));
    assert!(freebsd.constants.len() > 20);
    run(&mut probe.command(&number_assertions(&freebsd.constants)));
}

#[test]
fn the_headers_of_macos_have_the_constants() {
    let Some(probe) = Probe::of(&MACOS, "constants of macOS against its headers") else { return };
    let model = definition();
    run(&mut probe.command(&name_assertions(COMMON, &named_constants(host(&model, "macos")))));
}

#[test]
fn a_name_that_a_system_lacks_is_reported() {
    let Some(probe) = Probe::of(&MACOS, "a wrong name against the headers") else { return };
    let source = name_assertions(COMMON, &BTreeSet::from(["EACCES", "POSIX_FADV_NORMAL"]));
    let message = run_expecting_failure(&mut probe.command(&source)).stderr;
    assert!(message.contains("POSIX_FADV_NORMAL") && !message.contains("EACCES"), "{message}");
}

#[test]
fn a_wrong_capsicum_number_is_reported() {
    let Some(probe) = Probe::of(&FREEBSD, "a wrong Capsicum number against the headers") else { return };
    let constant = HostConstant { name: "CAP_READ".into(), value: 1, source: "sys/capsicum.h".into() };
    let message = run_expecting_failure(&mut probe.command(&number_assertions(&[constant]))).stderr;
    assert!(message.contains("CAP_READ"), "{message}");
}

/// Compiles C with another system's headers.
struct Probe {
    clang: Tool,
    arguments: Vec<OsString>,
    folder: Scratch,
}

impl Probe {
    /// `None` where this machine lacks clang or the headers; `test` says who wants them.
    fn of(system: &System, test: &str) -> Option<Probe> {
        let clang = tool(&["clang", "clang-19", "clang-16"], test)?;
        let python = python_module("ziglang", test)?;
        let package = python.run(["-c", "import ziglang; print(ziglang.__path__[0])"]).stdout;
        let library = Path::new(package.trim()).join("lib");
        let mut arguments = vec![format!("--target={}", system.target).into(), "-nostdinc".into()];
        let folders = system.headers.iter().map(|folder| library.join("libc/include").join(folder));
        for folder in [library.join("include")].into_iter().chain(folders) {
            assert!(folder.is_dir(), "{}: the package was rearranged", folder.display());
            arguments.extend(["-isystem".into(), folder.into_os_string()]);
        }
        Some(Probe { clang, arguments, folder: scratch() })
    }

    /// A command that succeeds if this text compiles.
    fn command(&self, source: &str) -> Command {
        let file = self.folder.write("probe.c", source);
        let mut command = self.clang.command();
        command.arg("-fsyntax-only").args(&self.arguments).arg(file);
        command
    }
}

fn includes<'a>(headers: impl IntoIterator<Item = &'a str>) -> String {
    headers.into_iter().fold(String::new(), |text, header| text + &format!("#include <{header}>\n"))
}

/// C that compiles only where each name is a constant.
fn name_assertions(headers: &[&str], names: &BTreeSet<&str>) -> String {
    let mut text = includes(headers.iter().copied());
    for name in names {
        let _ = writeln!(text, "_Static_assert(({name}) == ({name}), \"{name}\");");
    }
    text
}

/// C that compiles only where each constant has its number.
fn number_assertions(constants: &[HostConstant]) -> String {
    let headers: BTreeSet<&str> = constants.iter().map(|constant| constant.source.as_str()).collect();
    let mut text = includes(["sys/types.h"].into_iter().chain(headers));
    for HostConstant { name, value, .. } in constants {
        let _ = writeln!(text, "_Static_assert(({name}) == {value:#x}ULL, \"{name}\");");
    }
    text
}

/// The numbers of those constants that the headers of this machine have.
fn numbers_in_headers(compiler: &Tool, constants: &[HostConstant]) -> BTreeMap<String, u64> {
    let mut text = includes(["stdio.h"]);
    for header in constants.iter().map(|constant| &constant.source).collect::<BTreeSet<_>>() {
        let _ = writeln!(text, "#if __has_include(<{header}>)\n#include <{header}>\n#endif");
    }
    text += "int main(void) {\n";
    for HostConstant { name, .. } in constants {
        let print = format!("printf(\"{name} %llu\\n\", (unsigned long long)({name}));");
        let _ = writeln!(text, "#ifdef {name}\n{print}\n#endif");
    }
    text += "}\n";
    let folder = scratch();
    let program = folder.path().join("probe");
    let source = folder.write("probe.c", &text);
    compiler.run(["-o".as_ref(), program.as_os_str(), source.as_os_str()]);
    let printed = run(&mut Command::new(program)).stdout;
    let line = |line: &str| line.split_once(' ').map(|(name, value)| (name.to_string(), value.to_string()));
    let number = |(name, value): (String, String)| (name, value.parse().expect("a number"));
    printed.lines().filter_map(line).map(number).collect()
}

/// The numbers of constants in the bindings that `linux-raw-sys` has made from the kernel's headers.
fn numbers_in_raw_sys() -> BTreeMap<String, u64> {
    let folder = source("linux-raw-sys").join("x86_64");
    let mut numbers = BTreeMap::new();
    for file in ["landlock.rs", "general.rs"] {
        let path = folder.join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let constants = text.lines().filter_map(|line| line.strip_prefix("pub const "));
        numbers.extend(constants.filter_map(|rest| {
            let (name, rest) = rest.split_once(": u32 = ")?;
            Some((name.to_string(), rest.strip_suffix(';')?.parse().ok()?))
        }));
    }
    numbers
}

/// What is wrong with recorded numbers: other ones in any of these places, or none in all of them.
fn wrong(recorded: &[HostConstant], places: &[&BTreeMap<String, u64>]) -> Vec<String> {
    let complaint = |constant: &HostConstant| {
        let HostConstant { name, value, source } = constant;
        let found: Vec<u64> = places.iter().filter_map(|place| place.get(name)).copied().collect();
        match found.iter().find(|number| *number != value) {
            Some(other) => Some(format!("{name} is {other:#x} in {source}, recorded as {value:#x}")),
            None if found.is_empty() => Some(format!("{name} is in no header that was found")),
            None => None,
        }
    };
    recorded.iter().filter_map(complaint).collect()
}
