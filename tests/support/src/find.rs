//! Finding external tools, Python modules and folders.

use crate::command::{self, Captured};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An external program that was found.
#[derive(Clone, Debug)]
pub struct Tool {
    /// The candidate under which it was found, such as `clang-16`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Tool {
    /// A command that runs it, to be given arguments.
    pub fn command(&self) -> Command {
        Command::new(&self.path)
    }

    /// Runs it with these arguments.
    ///
    /// # Panics
    /// Fails the test, with the command and all that it printed, if it does not end with status 0.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Captured {
        command::run(self.command().args(arguments))
    }
}

/// The first of these programs that is on `PATH`. `test` says who wants it.
///
/// # Panics
/// Where none is there and the environment has `CI=true`.
pub fn tool(candidates: &[&str], test: &str) -> Option<Tool> {
    Finder::from_environment().tool(candidates, test)
}

/// A Python interpreter that can import `module`, such as `unicorn`.
///
/// # Panics
/// Where there is none and the environment has `CI=true`.
pub fn python_module(module: &str, test: &str) -> Option<Tool> {
    Finder::from_environment().python_module(module, test)
}

/// The first of these files or folders that exists, such as a kernel's headers. `what` names it in words.
///
/// # Panics
/// Where none is there and the environment has `CI=true`.
pub fn any_path(candidates: &[&str], what: &str, test: &str) -> Option<PathBuf> {
    Finder::from_environment().any_path(candidates, what, test)
}

/// Notes that the machine lacks something that no file shows. `install` says what has it.
///
/// # Panics
/// Where the environment has `CI=true`.
pub fn missing(what: &str, install: &str, test: &str) {
    Finder::from_environment().missing(what, install, test);
}

/// Where to look, and what to do when nothing is found. Tests normally use [`tool`] and its relatives,
/// which take this from the environment.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    /// Folders, as in the variable `PATH`.
    pub search: OsString,
    /// Whether a missing tool fails the test.
    pub required: bool,
    /// File to which a missing tool is reported.
    pub report: Option<PathBuf>,
}

impl Finder {
    /// As the process's environment says.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| env::var_os(name))
    }

    /// As these environment variables say.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Finder {
            search: variable("PATH").unwrap_or_default(),
            required: variable("CI").is_some_and(|value| value == "true"),
            report: variable("CLOUDABI_SKIP_REPORT").map(PathBuf::from),
        }
    }

    /// See [`tool`].
    pub fn tool(&self, candidates: &[&str], test: &str) -> Option<Tool> {
        let found = candidates.iter().find_map(|name| self.program(name));
        if found.is_none() {
            self.missing(&candidates.join(" or "), &how_to_install(candidates), test);
        }
        found
    }

    /// See [`python_module`].
    pub fn python_module(&self, module: &str, test: &str) -> Option<Tool> {
        let imports = |python: &Tool| {
            let code = format!("import {module}");
            python.command().args(["-c", &code]).output().is_ok_and(|output| output.status.success())
        };
        let found = ["python3", "python"].iter().find_map(|name| self.program(name)).filter(imports);
        if found.is_none() {
            let install = format!("install Python 3 and run: python3 -m pip install {module}");
            self.missing(&format!("the Python module {module}"), &install, test);
        }
        found
    }

    /// See [`any_path`].
    pub fn any_path(&self, candidates: &[&str], what: &str, test: &str) -> Option<PathBuf> {
        let found = candidates.iter().map(PathBuf::from).find(|path| path.exists());
        if found.is_none() {
            self.missing(what, &format!("expected at {}", candidates.join(" or ")), test);
        }
        found
    }

    fn program(&self, name: &str) -> Option<Tool> {
        env::split_paths(&self.search)
            .map(|folder| folder.join(name))
            .find(|path| is_executable(path))
            .map(|path| Tool { name: name.to_string(), path })
    }

    fn missing(&self, what: &str, install: &str, test: &str) {
        assert!(!self.required, "{test}: lacks {what}, and CI=true allows no skipped test ({install})");
        eprintln!("skipped: {test}: lacks {what} ({install})");
        let Some(report) = &self.report else { return };
        // One write per line, so that tests which run at the same time do not mix theirs.
        let line = format!("{test}: lacks {what}\n");
        let written = OpenOptions::new().create(true).append(true).open(report);
        if let Err(error) = written.and_then(|mut file| file.write_all(line.as_bytes())) {
            panic!("{test}: lacks {what}, and cannot say so in {}: {error}", report.display());
        }
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

fn how_to_install(candidates: &[&str]) -> String {
    let Some(first) = candidates.first() else { return "no candidate was named".to_string() };
    let package = match *first {
        "g++" => "g++",
        "clang" | "clang++" => "clang",
        "ld.lld" => "lld",
        "llvm-mc" | "llvm-objdump" | "llvm-readelf" => "llvm",
        "ld" | "as" | "readelf" | "objdump" => "binutils",
        "aarch64-linux-gnu-gcc" => "gcc-aarch64-linux-gnu",
        "aarch64-linux-gnu-as" => "binutils-aarch64-linux-gnu",
        "arm-linux-gnueabihf-gcc" => "gcc-arm-linux-gnueabihf",
        "systemd-socket-activate" | "systemd-analyze" => "systemd",
        "qemu-aarch64" | "qemu-arm" | "qemu-i386" | "qemu-x86_64" => "qemu-user",
        other => other,
    };
    format!("on Debian: apt-get install {package}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch;

    #[test]
    fn finds_the_first_candidate_that_is_there() {
        let finder = Finder::from_environment();
        let found = finder.tool(&["no-such-program", "sh"], "finds").expect("sh");
        assert_eq!(found.name, "sh");
        assert_eq!(found.run(["-c", "echo yes"]).stdout, "yes\n");
    }

    #[test]
    fn a_folder_or_plain_file_is_no_program() {
        let folder = scratch();
        folder.write("tool", "not executable");
        folder.write("other/x", "");
        let finder = Finder { search: folder.path().into(), ..Finder::default() };
        assert!(finder.tool(&["tool", "other"], "plain file").is_none());
    }

    #[test]
    fn a_missing_tool_is_reported_by_the_name_of_the_test() {
        let folder = scratch();
        let report = folder.path().join("skipped.txt");
        let finder = Finder { report: Some(report.clone()), ..Finder::default() };
        assert!(finder.tool(&["gizmo", "gizmo-2"], "first test").is_none());
        assert!(finder.python_module("gizmo", "second test").is_none());
        assert!(finder.any_path(&["/no/such/place"], "gizmo headers", "third test").is_none());
        let lines = std::fs::read_to_string(report).expect("report");
        assert_eq!(
            lines,
            "first test: lacks gizmo or gizmo-2\n\
             second test: lacks the Python module gizmo\n\
             third test: lacks gizmo headers\n"
        );
    }

    #[test]
    #[should_panic(expected = "wants a gizmo: lacks gizmo, and CI=true allows no skipped test")]
    fn a_missing_tool_fails_where_the_environment_says_ci() {
        let finder = Finder::from_variables(|name| (name == "CI").then(|| OsString::from("true")));
        finder.tool(&["gizmo"], "wants a gizmo");
    }

    #[test]
    #[should_panic(expected = "lacks the Python module gizmo")]
    fn a_missing_module_fails_too() {
        Finder { required: true, ..Finder::from_environment() }.python_module("gizmo", "wants a gizmo");
    }

    #[test]
    #[should_panic(expected = "cannot say so")]
    fn a_report_that_cannot_be_written_fails() {
        let finder = Finder { report: Some("/no/such/folder/report".into()), ..Finder::default() };
        finder.tool(&["gizmo"], "wants a gizmo");
    }

    #[test]
    fn only_ci_true_requires_tools() {
        let with = |value: &'static str| Finder::from_variables(move |_| Some(OsString::from(value)));
        assert!(with("true").required);
        assert!(!with("false").required);
        assert!(!Finder::from_variables(|_| None).required);
    }
}
