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

/// What the commands of the README's are marked with that are run here.
const MARK: &str = "```console in-package";

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
    fs::copy(program, root.join("root/hello")).map_err(io("copy a program"))?;
    fs::copy(package, root.join("root/package.deb")).map_err(io("copy the package"))?;
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
    let readme = fs::read_to_string(repository::root().join("cloudabi-run/README.md"));
    let sessions = sessions(&readme.map_err(io("read the README"))?);
    if sessions.is_empty() {
        return Err(Failure::Message("the README shows no commands for the package".to_string()));
    }
    // One after the other in one world: a rule lasts as long as that.
    let register = "cloudabi-run --binfmt register\n";
    let script: String =
        sessions.iter().map(|(command, _)| format!("{{ {command}\n}} 2>&1\necho {END}\n")).collect();
    let printed = inside(&root, &format!("{register}{script}"))?;
    let end = format!("{END}\n");
    let mut printed = printed.split(&end).map(str::to_owned);
    for (command, expected) in &sessions {
        let actual = printed.next().unwrap_or_default();
        if actual != *expected {
            let message = format!("`{command}` prints\n{actual}\nbut the README says\n{expected}");
            return Err(Failure::Message(message));
        }
    }
    inside(&root, "cloudabi-run --binfmt unregister 2>/dev/null; dpkg --purge cloudabi-run")?;
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

/// The commands of the README's that are run here, with what they print.
fn sessions(readme: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match (inside, line.strip_prefix("$ ")) {
            (false, _) => inside = line == MARK,
            (true, _) if line == "```" => inside = false,
            (true, Some(command)) => found.push((command.to_owned(), String::new())),
            (true, None) => {
                if let Some((_, output)) = found.last_mut() {
                    output.push_str(line);
                    output.push('\n');
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_what_they_print() {
        let readme = "```console\n$ no\n```\n```console in-package\n$ a b\nc\nd\n$ e\n```\n$ f\n";
        let expected = [("a b", "c\nd\n"), ("e", "")];
        assert_eq!(
            sessions(readme),
            expected.map(|(command, output)| (command.to_owned(), output.to_owned()))
        );
    }
}
