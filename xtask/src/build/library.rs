//! The C library that `cloudabi-run` is linked with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The target that Rust has its own copy of musl for.
const MUSL: &str = "x86_64-unknown-linux-musl";

/// How long getting a target may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A C library that a static program can be linked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Library {
    /// The compiler's default one.
    Default,
    /// musl. With glibc every program asks the processor for all that it is before `main`, and in a virtual machine each
    /// of these questions goes to the hypervisor.
    Musl {
        /// Where there is a linker that can put functions in order, under the name that the compiler driver looks for.
        linker: PathBuf,
    },
}

impl Library {
    /// The best one to be had. The target is got if it is not there.
    pub fn best() -> Library {
        let Some(sysroot) = answer(Command::new("rustc").args(["--print", "sysroot"])) else {
            return Library::Default;
        };
        let targets = Path::new(&sysroot).join("lib/rustlib");
        let linker = targets.join("x86_64-unknown-linux-gnu/bin/gcc-ld");
        let is_there = || targets.join(MUSL).join("lib").is_dir();
        // Toolchains for other machines have their linker elsewhere.
        let usable =
            linker.is_dir() && (is_there() || get(&mut Command::new("rustup"), PATIENCE) && is_there());
        if usable {
            return Library::Musl { linker };
        }
        eprintln!(
            "note: without Rust's target {MUSL} programs take a little longer to start: rustup target add {MUSL}"
        );
        Library::Default
    }

    /// What Cargo is told, and behind it what the compiler is.
    pub fn arguments(&self) -> (Vec<String>, Vec<String>) {
        match self {
            Library::Default => (Vec::new(), Vec::new()),
            Library::Musl { linker } => (
                vec![format!("--target={MUSL}")],
                vec![format!("-Clink-arg=-B{}", linker.display()), "-Clink-arg=-fuse-ld=lld".to_owned()],
            ),
        }
    }

    /// Where Cargo puts what it builds, in its target folder.
    pub fn folder(&self) -> &'static str {
        match self {
            Library::Default => "",
            Library::Musl { .. } => MUSL,
        }
    }
}

/// Gets the target with this command. Whether it says that it has. It is ended if that takes too long.
fn get(rustup: &mut Command, patience: Duration) -> bool {
    rustup.args(["target", "add", MUSL]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = rustup.spawn() else { return false };
    eprintln!("note: getting a C library that starts faster: rustup target add {MUSL}");
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if begin.elapsed() < patience => std::thread::sleep(Duration::from_millis(100)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_cannot_be_got_is_none() {
        let mut missing = Command::new("/nonexistent/rustup");
        assert!(!get(&mut missing, PATIENCE));
        assert!(!get(&mut Command::new("false"), PATIENCE));
        assert!(get(&mut Command::new("true"), PATIENCE));
        let mut slow = Command::new("sh");
        assert!(!get(slow.args(["-c", "exec sleep 1000"]), Duration::ZERO));
    }

    #[test]
    fn only_musl_is_another_target() {
        let musl = Library::Musl { linker: "/there".into() };
        assert_eq!(Library::Default.arguments(), (vec![], vec![]));
        let (cargo, compiler) = musl.arguments();
        assert_eq!(cargo, ["--target=x86_64-unknown-linux-musl"]);
        assert_eq!(compiler, ["-Clink-arg=-B/there", "-Clink-arg=-fuse-ld=lld"]);
        assert_eq!((Library::Default.folder(), musl.folder()), ("", MUSL));
    }
}
