//! The programs that tests run on a host, and the command that runs them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::run;

/// The program of this name, such as `hello`, ready to be run. See `tests/guests/`.
///
/// All programs are built the first time that a process asks for one, unless the variable `CLOUDABI_GUESTS` names a
/// folder that has them.
///
/// # Panics
/// Fails the test if they cannot be built, or there is none of this name.
pub fn guest(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| match env::var_os("CLOUDABI_GUESTS") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let mut command = cargo();
            command.args(["run", "--quiet", "--package", "xtask", "--", "guests", "--print-folder"]);
            PathBuf::from(run(&mut command).stdout.trim_end())
        }
    });
    let path = folder.join(name);
    assert!(path.is_file(), "there is no program at {}", path.display());
    path
}

/// The command that starts a program on this machine: `cloudabi-run` of the workspace, built as the test was.
///
/// The variable `CLOUDABI_RUN` can name another one, which the same tests judge.
///
/// # Panics
/// Fails the test if it cannot be built.
pub fn runner() -> &'static Path {
    static RUNNER: OnceLock<PathBuf> = OnceLock::new();
    RUNNER.get_or_init(|| match env::var_os("CLOUDABI_RUN") {
        Some(path) => PathBuf::from(path),
        None => {
            // Cargo puts a test program beside the folder of the profile that it was built with.
            let test = env::current_exe().unwrap_or_else(|error| panic!("who am I? {error}"));
            let profile = test.parent().and_then(Path::parent);
            let Some(profile) = profile else { panic!("{} is in no folder of Cargo's", test.display()) };
            let mut command = cargo();
            command.args(["build", "--quiet", "--package", "cloudabi-run"]);
            if profile.ends_with("release") {
                command.arg("--release");
            }
            if let Some(target) = profile.parent() {
                command.arg("--target-dir").arg(target);
            }
            run(&mut command);
            profile.join("cloudabi-run")
        }
    })
}

/// Cargo, in this workspace.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    command
}
