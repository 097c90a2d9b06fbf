//! The package, installed in a fresh Debian, used and removed.
//!
//! All of that happens in namespaces: nothing of this machine's changes, its rules for executables included.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cloudabi_codegen::command::Failure;

use super::{files, io};
use crate::debian;
use crate::guests::{self, Profile};
use crate::repository;

const TOOLS: [debian::Tool; 2] = [("/usr/bin/mmdebstrap", "mmdebstrap"), ("/usr/bin/unshare", "util-linux")];

/// What begins a block of the README's with commands. Behind it may stand one of the marks.
const CONSOLE: &str = "```console";

/// Commands that the kernel's rule for programs is there for, as after an installation.
const IN_PACKAGE: &str = "in-package";

/// Commands that do not end by themselves: they are checked, and not run.
const SERVES: &str = "serves";

/// What is printed has numbers in it that are others each time.
const NUMBERS_VARY: &str = "numbers-vary";

/// What begins a block of the README's that is a file, whose name follows.
const FILE: &str = "```yaml file=";

/// The command as the README of the repository has it, which has built it.
const BUILT: &str = "target/dist/cloudabi-run";

/// Enters the root, as its own root, with the kernel's files, and runs a script there. It has rules for executables of its own,
/// where the kernel can do that (Linux 6.7).
const ENTER: &str = "
set -e
mount --bind \"$1\" \"$1\"
cd \"$1\"
mkdir -p old
mount --rbind /dev dev
mount -t proc proc proc
pivot_root . old
umount -l /old
rmdir /old
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null || echo 'no rules of its own' >&2
cd /root
exec /bin/sh -c \"$2\"
";

/// Installs the package in a fresh root, runs what the README shows, and removes it.
pub fn test(package: &Path) -> Result<(), Failure> {
    debian::require(&TOOLS)?;
    let scratch = tempfile::tempdir().map_err(io("make a folder"))?;
    let root = scratch.path().join("root");
    let mut make = Command::new("mmdebstrap");
    make.args(["--quiet", "--mode=root", "--variant=essential", "--include=mount", "--skip=cleanup/apt"]);
    make.arg(suite()?).arg(&root).stdin(Stdio::null());
    debian::succeed(&mut make, "mmdebstrap")?;
    let program = guests::build(Profile::Debug)?.join("hello");
    for name in ["hello", "server", "target/guests/debug/hello"] {
        let place = root.join("root").join(name);
        fs::create_dir_all(place.parent().unwrap_or(&root)).map_err(io("make a folder"))?;
        fs::copy(&program, place).map_err(io("copy a program"))?;
    }
    fs::create_dir_all(root.join("root/target/dist")).map_err(io("make a folder"))?;
    std::os::unix::fs::symlink("/usr/bin/cloudabi-run", root.join("root").join(BUILT))
        .map_err(io("make a symbolic link"))?;
    fs::copy(package, root.join("root/package.deb")).map_err(io("copy the package"))?;
    let read = |name: &str| fs::read_to_string(repository::root().join(name)).map_err(io("read a README"));
    let readme = read("cloudabi-run/README.md")?;
    for (name, text) in files_of(&readme) {
        fs::write(root.join("root").join(name), text).map_err(io("write a file of the README"))?;
    }
    let before = listing(&root)?;

    let said = inside(&root, "dpkg --install package.deb")?;
    let listed = inside(&root, "dpkg --listfiles cloudabi-run && dpkg --verify cloudabi-run")?;
    for path in
        ["/usr/bin/cloudabi-run", "/usr/share/man/man1/cloudabi-run.1.gz", "/usr/lib/binfmt.d/cloudabi.conf"]
    {
        if !listed.lines().any(|line| line == path) {
            return Err(Failure::Message(format!("the package has no {path}:\n{said}{listed}")));
        }
    }
    let mut sessions = sessions(&readme);
    sessions.extend(
        self::sessions(&read("README.md")?).into_iter().filter(|session| session.command.starts_with(BUILT)),
    );
    for mark in ["", IN_PACKAGE, SERVES, NUMBERS_VARY] {
        if !sessions.iter().any(|session| session.mark == mark) {
            return Err(Failure::Message(format!("the README shows no commands marked `{mark}`")));
        }
    }
    // One after the other in one world: a rule lasts as long as that.
    let script: String = sessions.iter().map(Session::script).collect();
    let printed = inside(&root, &script)?;
    let end = format!("{END}\n");
    let mut printed = printed.split(&end).map(str::to_owned);
    for session in &sessions {
        let actual = printed.next().unwrap_or_default();
        if !session.prints(&actual) {
            let Session { command, output, .. } = session;
            let message = format!("`{command}` prints\n{actual}\nbut the README says\n{output}");
            return Err(Failure::Message(message));
        }
    }
    let rule = "cloudabi-run --binfmt show | grep -qxF -f - /usr/lib/binfmt.d/cloudabi.conf";
    inside(&root, &format!("{rule} || exit 1; dpkg --purge cloudabi-run"))?;
    let left: Vec<_> = listing(&root)?.difference(&before).cloned().collect();
    if !left.is_empty() {
        return Err(Failure::Message(format!("the package leaves behind: {left:?}")));
    }
    println!("installed, used ({} commands) and removed in a fresh root", sessions.len());
    Ok(())
}

/// What separates what one command prints from what the next one does.
const END: &str = "----- end -----";

/// The name of this machine's release of Debian.
fn suite() -> Result<String, Failure> {
    let text = fs::read_to_string("/etc/os-release").map_err(io("read /etc/os-release"))?;
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    name.map(str::to_owned).ok_or_else(|| Failure::Message("this is no release of Debian's".to_string()))
}

/// Runs a script in the root; gives what it printed to standard output.
fn inside(root: &Path, script: &str) -> Result<String, Failure> {
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        ENTER,
        "sh",
    ]);
    command.arg(root).arg(script).stdin(Stdio::null());
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/root")
        .env("LC_ALL", "C.UTF-8");
    let Output { status, stdout, stderr } = command.output().map_err(io("run unshare"))?;
    let shown = String::from_utf8_lossy(&stdout).into_owned();
    if status.success() {
        return Ok(shown);
    }
    Err(Failure::Message(format!("{script}\n{status}\n{shown}{}", String::from_utf8_lossy(&stderr))))
}

/// Every file of the root's, but for what dpkg notes down itself, and mount(8), by which the root is entered.
fn listing(root: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let noted =
        ["var/lib/dpkg", "var/log", "var/cache", "run/mount", "proc", "dev"].map(|path| root.join(path));
    let all = files::all(root)?.into_iter();
    Ok(all.filter(|path| !noted.iter().any(|folder| path.starts_with(folder))).collect())
}

/// A command of a README's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// What its block is marked with; nothing for most.
    mark: String,
    /// The command, with lines of input if it has some.
    command: String,
    /// What it is said to print.
    output: String,
}

impl Session {
    /// What runs it, and prints what separates it from the next one.
    fn script(&self) -> String {
        let Session { mark, command, .. } = self;
        let before = if mark == IN_PACKAGE { "cloudabi-run --binfmt register\n" } else { "" };
        let command = match mark == SERVES {
            true => command.replacen("cloudabi-run ", "cloudabi-run --check ", 1),
            false => command.clone(),
        };
        format!("{before}{{ {command}\n}} 2>&1 || echo \"status $?\"\necho {END}\n")
    }

    /// Whether this is what it should print.
    fn prints(&self, actual: &str) -> bool {
        match self.mark == NUMBERS_VARY {
            true => without_numbers(actual) == without_numbers(&self.output),
            false => actual == self.output,
        }
    }
}

/// The same for all numbers.
fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if shown.ends_with('0') => {}
            '0'..='9' => shown.push('0'),
            _ => shown.push(c),
        }
    }
    shown
}

/// The commands of a README's, with what they print.
fn sessions(readme: &str) -> Vec<Session> {
    let mut found: Vec<Session> = Vec::new();
    let mut mark = None;
    for line in readme.lines() {
        match (mark, line.strip_prefix("$ "), line.strip_prefix("> ")) {
            (None, ..) => mark = line.strip_prefix(CONSOLE).map(str::trim),
            (Some(_), ..) if line == "```" => mark = None,
            (Some(mark), Some(command), _) => found.push(Session {
                mark: mark.to_owned(),
                command: command.to_owned(),
                output: String::new(),
            }),
            (Some(_), None, input) => {
                if let Some(session) = found.last_mut() {
                    match input {
                        Some(input) => session.command = format!("{}\n{input}", session.command),
                        None => session.output = format!("{}{line}\n", session.output),
                    }
                }
            }
        }
    }
    found
}

/// The files that a README shows, by their names.
fn files_of(readme: &str) -> Vec<(String, String)> {
    let blocks = readme.split(FILE).skip(1).filter_map(|block| block.split_once('\n'));
    let files = blocks.filter_map(|(name, rest)| Some((name, rest.split_once("```")?.0)));
    files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_what_they_print() {
        let readme = "```console\n$ a <<'END'\n> b\n> END\nc\nd\n```\n$ no\n```console numbers-vary\n$ e\n<12>\n```\n\
                      ```yaml file=x.yaml\na: 1\n```\n";
        let session = |mark: &str, command: &str, output: &str| Session {
            mark: mark.to_owned(),
            command: command.to_owned(),
            output: output.to_owned(),
        };
        let expected = [session("", "a <<'END'\nb\nEND", "c\nd\n"), session("numbers-vary", "e", "<12>\n")];
        assert_eq!(sessions(readme), expected);
        assert!(expected[1].prints("<3>\n") && !expected[1].prints("<3> \n"));
        assert!(expected[0].prints("c\nd\n") && !expected[0].prints("c\n"));
        assert_eq!(files_of(readme), [("x.yaml".to_owned(), "a: 1\n".to_owned())]);
    }
}
