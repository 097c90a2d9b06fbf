//! The emulated machine: what is in it, and what it says.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use cloudabi_codegen::command::Failure;

use super::archive::Archive;
use super::failure;
use super::packages::Files;
use super::processor::Processor;
use super::programs::Programs;
use crate::repository;

/// How long a machine may take for everything. It is some twenty times slower than this one.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// The links to the one file that has all small commands.
const COMMANDS: [&str; 11] =
    ["sh", "mount", "mkdir", "sleep", "cp", "chmod", "cat", "ifconfig", "su", "switch_root", "poweroff"];

/// What ends well in the machine: the conformance kit and the attacks.
const WELL: [&str; 4] = [
    "conformance as root: ended with 0",
    "conformance as an ordinary user: ended with 0",
    "attacks as root: ended with 0",
    "attacks as an ordinary user: ended with 0",
];

/// What a machine said.
pub struct Said {
    /// What people want to know.
    pub remarkable: Vec<String>,
    /// Whether it has run everything, and nothing was wrong.
    pub is_well: bool,
}

/// Starts a machine with this kernel, and waits until it is off. What it says goes to a file at once, for the impatient.
pub fn run(
    processor: Processor,
    files: &Files,
    programs: &Programs,
    part: Option<&str>,
    log: &Path,
) -> Result<Said, Failure> {
    let folder = tempfile::tempdir().map_err(failure)?;
    let archive = folder.path().join("first-files");
    fs::write(&archive, contents(files, programs, part)?).map_err(failure)?;
    let (mut command, console) = processor.machine();
    command.args(["-smp", "2", "-m", "1024", "-nic", "none", "-nographic", "-no-reboot"]);
    command.arg("-kernel").arg(&files.kernel).arg("-initrd").arg(&archive);
    command.arg("-append").arg(format!("console={console} quiet panic=-1 mitigations=off"));
    let mut machine = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failure)?;
    let Some(output) = machine.stdout.take() else { return Err(failure("the machine says nothing")) };
    let (lines, heard) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            // Nobody listens any more if it has taken too long.
            let line = String::from_utf8_lossy(&line);
            let _ = lines.send(line.chars().filter(|c| !c.is_control()).collect::<String>());
        }
    });
    let (start, mut text) = (Instant::now(), String::new());
    let mut log = fs::File::create(log).map_err(failure)?;
    loop {
        match heard.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
            Ok(line) => {
                let line = line + "\n";
                log.write_all(line.as_bytes()).map_err(failure)?;
                text += &line;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                machine.kill().map_err(failure)?;
                text += "the machine took too long\n";
                break;
            }
        }
    }
    machine.wait().map_err(failure)?;
    // It has nothing left to read.
    let _ = listener.join();
    Ok(judge(&text, part.is_none()))
}

/// `whole`: whether the conformance kit was to be run, too.
fn judge(text: &str, whole: bool) -> Said {
    let remarkable = [
        "Linux version",
        "WRONG",
        "refused",
        "not tried",
        "attacks held",
        "ended with",
        "took too long",
        "problems:",
        "test result",
        "panic",
    ];
    let remarkable = text.lines().filter(|line| remarkable.iter().any(|part| line.contains(part)));
    let remarkable = remarkable.map(str::to_owned).collect();
    let mut wanted = WELL.iter().filter(|well| whole || !well.starts_with("conformance"));
    let is_well = wanted.all(|well| text.lines().any(|line| line == *well));
    Said { remarkable, is_well }
}

/// Everything that the machine has.
fn contents(files: &Files, programs: &Programs, part: Option<&str>) -> Result<Vec<u8>, Failure> {
    let mut archive = Archive::default();
    for name in ["abi", "abi/hosts", "bin", "dev", "etc", "guests", "lib", "lib64", "new"] {
        archive.directory(name);
    }
    archive.device("dev/console", (5, 1));
    let mut file = |name: &str, path: &Path| -> Result<(), Failure> {
        archive.file(
            name,
            true,
            &fs::read(path).map_err(|error| failure(format!("{}: {error}", path.display())))?,
        );
        Ok(())
    };
    file("bin/busybox", &files.busybox)?;
    file("bin/xtask", &programs.judge)?;
    file("bin/cloudabi-run", &programs.runner)?;
    file("bin/conformance", &programs.conformance)?;
    for name in ["conformance", "ends", "exit", "hostile", "raise"] {
        file(&format!("guests/{name}"), &programs.guests.join(name))?;
    }
    for folder in ["abi", "abi/hosts"] {
        for entry in fs::read_dir(repository::root().join(folder)).map_err(failure)? {
            let path = entry.map_err(failure)?.path();
            if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file()) {
                file(&format!("{folder}/{name}"), &path)?;
            }
        }
    }
    let needed = [libraries(&programs.judge)?, libraries(&programs.conformance)?].concat();
    for library in BTreeSet::from_iter(needed) {
        // The loader is asked for by its whole path, the others by their names.
        let name = library.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = if name.starts_with("ld-") { "lib64" } else { "lib" };
        file(&format!("{folder}/{name}"), &library)?;
    }
    for name in COMMANDS {
        archive.link(&format!("bin/{name}"), "busybox");
    }
    archive.file("init", true, include_bytes!("first.sh"));
    archive.file("second.sh", true, include_bytes!("second.sh"));
    archive.file("part.txt", false, part.unwrap_or_default().as_bytes());
    let users = b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n";
    archive.file("etc/passwd", false, users);
    Ok(archive.finish())
}

/// The shared libraries that a program needs, the loader among them: ldd(1), which has nothing to say of one that is linked
/// statically, or for another processor.
fn libraries(program: &Path) -> Result<Vec<PathBuf>, Failure> {
    let output = Command::new("ldd").arg(program).output().map_err(failure)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_well_only_if_everything_has_ended_well_for_both_users() {
        let [kit, other_kit, attacks, other_attacks] = WELL;
        let all =
            format!("Linux version 6.1\n{kit}\n{other_kit}\n9 attacks held\n{attacks}\n{other_attacks}\n");
        let said = judge(&all, true);
        assert!(said.is_well);
        assert_eq!(said.remarkable.len(), 6);
        assert!(judge(&format!("{attacks}\n{other_attacks}\n"), false).is_well);
        for well in WELL {
            assert!(!judge(&all.replace(well, ""), true).is_well, "without {well}");
            assert!(!judge(&all.replace(well, &well.replace(" 0", " 1")), true).is_well, "{well}");
            assert!(!judge(&all.replace(well, &format!("{well} or not")), true).is_well, "{well}");
        }
        for wrong in ["", "the machine took too long\n", kit, attacks] {
            assert!(!judge(wrong, false).is_well && !judge(wrong, true).is_well, "{wrong}");
        }
    }
}
