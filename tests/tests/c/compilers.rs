//! The compilers that the headers are held against.

use cloudabi_test_support::{Captured, Tool, run, run_expecting_failure, tool};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// A compiler with the arguments that choose its target and language.
#[derive(Clone, Debug)]
pub struct Compiler {
    tool: Tool,
    /// What it compiles, for file names and messages: `i686-cpp`.
    pub name: String,
    /// Width of its target's pointers.
    pub bits: u32,
    arguments: Vec<OsString>,
}

/// Names of architectures, as clang knows them as targets, with their word size.
const TARGETS: [(&str, &str, u32); 4] = [
    ("x86_64", "x86_64-unknown-linux-gnu", 64),
    ("aarch64", "aarch64-unknown-linux-gnu", 64),
    ("i686", "i686-unknown-linux-gnu", 32),
    ("armv6", "armv6-unknown-linux-gnueabihf", 32),
];

const WARNINGS: [&str; 6] = ["-ffreestanding", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror"];

impl Compiler {
    fn new(tool: Tool, name: String, cpp: bool, bits: u32, target: Option<&str>) -> Self {
        let language = if cpp { ["-x", "c++", "-std=c++17"] } else { ["-x", "c", "-std=c11"] };
        let target = target.map(|target| format!("--target={target}"));
        let arguments = target.iter().map(String::as_str).chain(language).chain(WARNINGS);
        let arguments = arguments.map(OsString::from).collect();
        Compiler { tool, name, bits, arguments }
    }

    /// The same compiler with further arguments.
    pub fn with<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut compiler = self.clone();
        compiler.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        compiler
    }

    /// The same compiler with these folders to look for headers in, first one first.
    pub fn including<P: AsRef<Path>>(&self, folders: impl IntoIterator<Item = P>) -> Self {
        self.with(folders.into_iter().flat_map(|folder| [OsString::from("-I"), folder.as_ref().into()]))
    }

    fn command(&self) -> Command {
        let mut command = self.tool.command();
        command.args(&self.arguments);
        command
    }

    /// Compiles a file to nothing.
    pub fn check(&self, source: &Path) -> Captured {
        run(self.command().arg("-fsyntax-only").arg(source))
    }

    /// Compiles a file that it is expected to refuse, and gives its complaints.
    pub fn refuse(&self, source: &Path) -> String {
        run_expecting_failure(self.command().arg("-fsyntax-only").arg(source)).stderr
    }

    /// Compiles a file to an object.
    pub fn object(&self, source: &Path, object: &Path) {
        run(self.command().arg("-c").arg(source).arg("-o").arg(object));
    }

    /// Compiles and links a program with the C library of this machine and runs it.
    pub fn execute(&self, source: &Path) -> String {
        let program = source.with_extension(&self.name);
        run(self.command().arg("-fhosted").arg(source).arg("-o").arg(&program));
        run(&mut Command::new(&program)).stdout
    }
}

/// clang as a cross compiler to every architecture, as C and C++.
pub fn cross_compilers(test: &str) -> Vec<Compiler> {
    let Some(clang) = tool(&["clang", "clang-19", "clang-16", "clang-14"], test) else { return Vec::new() };
    let mut compilers = Vec::new();
    for (architecture, target, bits) in TARGETS {
        for (cpp, suffix) in [(false, "c"), (true, "cpp")] {
            let name = format!("{architecture}-{suffix}");
            compilers.push(Compiler::new(clang.clone(), name, cpp, bits, Some(target)));
        }
    }
    compilers
}

/// The compilers of this machine.
pub fn native_compilers(test: &str) -> Vec<Compiler> {
    let gcc = tool(&["gcc"], test).map(|gcc| Compiler::new(gcc, "gcc".into(), false, usize::BITS, None));
    let gpp = tool(&["g++"], test).map(|gpp| Compiler::new(gpp, "g++".into(), true, usize::BITS, None));
    gcc.into_iter().chain(gpp).collect()
}

/// A C compiler of this machine for programs that are run.
pub fn native_c(test: &str) -> Option<Compiler> {
    let cc = tool(&["cc", "gcc", "clang"], test)?;
    Some(Compiler::new(cc, "native".into(), false, usize::BITS, None))
}

/// All of them.
pub fn all(test: &str) -> Vec<Compiler> {
    let mut compilers = cross_compilers(test);
    compilers.extend(native_compilers(test));
    compilers
}

/// Of all of them, some that together cover both languages, both word sizes and both kinds of compilers.
pub fn some(test: &str) -> Vec<Compiler> {
    let mut compilers = all(test);
    compilers.retain(|compiler| ["i686-c", "aarch64-cpp", "gcc", "g++"].contains(&compiler.name.as_str()));
    compilers
}
