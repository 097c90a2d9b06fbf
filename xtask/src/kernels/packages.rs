//! Debian's packages of kernels: fetched by apt, with lists of its own, and taken apart without being installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cloudabi_codegen::command::Failure;

use super::failure;
use super::processor::Processor;
use crate::debian::succeed;

/// A kernel to try.
pub struct Kernel {
    /// What the command calls it.
    pub name: &'static str,
    /// The processor that it is for.
    pub processor: Processor,
    /// The suite of Debian's that has it.
    suite: &'static str,
}

/// Debian's suite of the oldest release that is looked after here.
const OLDEST: &str = "bookworm";
/// The suite with the newest kernels that Debian offers for a release.
const NEWEST: &str = "stable-backports";

/// The kernels.
pub const KERNELS: [Kernel; 4] = [
    Kernel { name: "oldest", processor: Processor::X86_64, suite: OLDEST },
    Kernel { name: "newest", processor: Processor::X86_64, suite: NEWEST },
    Kernel { name: "oldest-aarch64", processor: Processor::Aarch64, suite: OLDEST },
    Kernel { name: "newest-aarch64", processor: Processor::Aarch64, suite: NEWEST },
];

/// The package that depends on the kernel's, but for the processor's name. This kind is the smallest, and has all that an
/// emulated machine needs built in.
const META: &str = "linux-image-cloud-";

/// The package with a shell and small commands, in one file without libraries.
const COMMANDS: &str = "busybox-static";

/// Debian's keys.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// What is needed of the packages.
pub struct Files {
    pub kernel: PathBuf,
    pub busybox: PathBuf,
    /// The package that the kernel comes from.
    pub version: String,
}

/// Fetches the packages into a folder, unless they are there, and takes out what is needed.
pub fn fetch(kernel: &Kernel, folder: &Path) -> Result<Files, Failure> {
    let (unpacked, version) = (folder.join("unpacked"), folder.join("version.txt"));
    // The version is written last.
    if let Ok(version) = fs::read_to_string(&version) {
        return files(&unpacked, version);
    }
    let apt = Apt::new(folder, kernel.suite, kernel.processor)?;
    let packages = apt.packages(&format!("{META}{}", kernel.processor.debian()))?;
    let kernels: Vec<_> = packages.iter().map(String::as_str).collect();
    apt.download(&kernels)?;
    // Not every suite has all packages.
    let main = if kernel.suite.ends_with("-backports") { Some("stable") } else { None };
    match main {
        Some(main) => Apt::new(&folder.join("commands"), main, kernel.processor)?
            .download_to(&[COMMANDS], &folder.join("packages"))?,
        None => apt.download(&[COMMANDS])?,
    }
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).map_err(failure)?;
    }
    fs::create_dir_all(&unpacked).map_err(failure)?;
    for entry in fs::read_dir(folder.join("packages")).map_err(failure)? {
        unpack(&entry.map_err(failure)?.path(), &unpacked)?;
    }
    let name = packages.join(", ");
    let files = files(&unpacked, name.clone())?;
    fs::write(&version, name).map_err(failure)?;
    Ok(files)
}

fn files(unpacked: &Path, version: String) -> Result<Files, Failure> {
    let mut found = (None, None);
    look(unpacked, &mut |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("vmlinuz") {
            found.0 = Some(path.to_owned());
        } else if name == "busybox" {
            found.1 = Some(path.to_owned());
        }
    })?;
    match found {
        (Some(kernel), Some(busybox)) => Ok(Files { kernel, busybox, version }),
        _ => Err(Failure::Message(format!("there is no kernel or no shell in the packages: {version}"))),
    }
}

/// Calls something with every file in a folder.
fn look(folder: &Path, see: &mut dyn FnMut(&Path)) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        match entry.file_type().map_err(failure)?.is_dir() {
            true => look(&entry.path(), see)?,
            false => see(&entry.path()),
        }
    }
    Ok(())
}

/// Takes the kernel or the shell out of a package. Packages without either are fine.
fn unpack(package: &Path, folder: &Path) -> Result<(), Failure> {
    let text = "dpkg-deb --fsys-tarfile \"$1\" | tar --extract --directory \"$2\" --wildcards --no-anchored \
                'vmlinuz*' 'bin/busybox' 2>/dev/null; true";
    let mut command = Command::new("sh");
    command.args(["-c", text, "sh"]).arg(package).arg(folder);
    succeed(&mut command, "unpacking a package")
}

/// apt with lists and a configuration of its own.
struct Apt {
    folder: PathBuf,
    processor: Processor,
}

impl Apt {
    /// With one suite of the server that this system uses for Debian.
    fn new(folder: &Path, suite: &str, processor: Processor) -> Result<Apt, Failure> {
        let apt = Apt { folder: folder.to_owned(), processor };
        for name in ["lists/partial", "cache/archives/partial", "packages"] {
            fs::create_dir_all(folder.join(name)).map_err(failure)?;
        }
        let line = format!("deb [signed-by={KEYS}] {} {suite} main\n", server()?);
        fs::write(folder.join("sources.list"), line).map_err(failure)?;
        succeed(apt.command("apt-get").args(["--quiet=2", "update"]), "reading Debian's lists of packages")?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = |name: &str| self.folder.join(name).display().to_string();
        for option in [
            format!("Dir::Etc::SourceList={}", path("sources.list")),
            "Dir::Etc::SourceParts=/dev/null".to_owned(),
            format!("Dir::State::Lists={}", path("lists")),
            format!("Dir::Cache={}", path("cache")),
            format!("APT::Architecture={}", self.processor.debian()),
            format!("APT::Architectures={}", self.processor.debian()),
            // An ordinary user may do this too, and nobody else uses these folders.
            "Debug::NoLocking=1".to_owned(),
            "APT::Sandbox::User=root".to_owned(),
        ] {
            command.args(["-o", &option]);
        }
        command
    }

    /// The packages that a kernel consists of, beginning with the one that depends on it.
    fn packages(&self, meta: &str) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        let mut next = vec![meta.to_owned()];
        while let Some(name) = next.pop() {
            let text = output(self.command("apt-cache").args(["show", "--no-all-versions", &name]))?;
            let depends = text.lines().find_map(|line| line.strip_prefix("Depends: ")).unwrap_or_default();
            let names = depends.split(',').filter_map(|depend| depend.split_whitespace().next());
            // The modules are in a package of their own, and not needed, if there is one with the kernel alone.
            let parts =
                names.filter(|name| name.starts_with("linux-image-") || name.starts_with("linux-binary-"));
            next.extend(parts.map(str::to_owned));
            if name != meta {
                all.push(name);
            }
        }
        if all.is_empty() { Err(failure(format!("`{meta}` depends on no kernel"))) } else { Ok(all) }
    }

    fn download(&self, packages: &[&str]) -> Result<(), Failure> {
        self.download_to(packages, &self.folder.join("packages"))
    }

    fn download_to(&self, packages: &[&str], folder: &Path) -> Result<(), Failure> {
        let mut command = self.command("apt-get");
        command.args(["--quiet=2", "download"]).args(packages).current_dir(folder);
        succeed(&mut command, "downloading packages")
    }
}

/// The server that this system has Debian's packages from.
fn server() -> Result<String, Failure> {
    let format = ["indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages"];
    let text = output(Command::new("apt-get").args(format))?;
    let server = text.lines().find_map(|line| line.strip_prefix("Debian Debian "));
    server
        .map(str::to_owned)
        .ok_or_else(|| failure("this system has no packages from Debian: run `apt-get update`"))
}

fn output(command: &mut Command) -> Result<String, Failure> {
    let Output { status, stdout, stderr } = command.output().map_err(failure)?;
    if !status.success() {
        return Err(failure(String::from_utf8_lossy(&stderr)));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
