//! The attacks. Each says which layers hold it, and the command finds out whether that is true.

mod descriptors;
mod files;
mod flooding;
mod grants;
mod kernel;
mod memory;
mod metadata;
mod processes;
mod replacing;
mod resources;
mod sockets;
mod tracing;

use std::os::fd::AsRawFd as _;

use cloudabi_linux_glue::sandbox::Features;

use super::scene::{Extra, Outcome, SECRET, Scene};
use super::{Attack, Layer};

/// Everything in a directory, and the program itself.
const ALL: &str =
    "directory: !directory {path: '{root}/granted', access: [read, write, execute]}\nprogram: !executable\n";

/// A directory to read from.
const READ: &str = "directory: !directory {path: '{root}/granted', access: read}\n";

/// Nothing but the output.
const NOTHING: &str = "";

const WORLD: Layer = "world";
const PROCESSES: Layer = "processes";
const LANDLOCK: Layer = "landlock";
const SECCOMP: Layer = "seccomp";
const DESCRIPTORS: Layer = "descriptors";
const PRIVILEGES: Layer = "privileges";
const WIPING: Layer = "wiping";
const LIMITS: Layer = "limits";

/// No layer of the sandbox: how the parent prints what it is told of calls.
const ESCAPING: Layer = "escaping";

/// The versions of Landlock from which on it knows of files that are cut off, of the network, and of signals and abstract
/// sockets.
const TRUNCATION: u32 = 3;
const NETWORK: u32 = 4;
const SCOPES: u32 = 6;
/// The version that Linux 6.10 has.
const LINUX_6_10: u32 = 5;
/// Landlock of Linux 7.2 also knows of connections by a first message, which that of 6.18, version 7, does not.
const FIRST_MESSAGES: u32 = 8;

/// Landlock, if the kernel's is of this version or later, and these.
fn landlock_from(version: u32, others: &[Layer]) -> Vec<Layer> {
    let landlock = if Features::probe().landlock >= version { &[LANDLOCK][..] } else { &[] };
    [others, landlock].concat()
}

/// All of them.
pub fn all() -> Vec<Attack> {
    let parts = [
        files::attacks(),
        metadata::attacks(),
        grants::attacks(),
        replacing::attacks(),
        sockets::attacks(),
        processes::attacks(),
        kernel::attacks(),
        descriptors::attacks(),
        memory::attacks(),
        resources::attacks(),
        tracing::attacks(),
        flooding::attacks(),
    ];
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    if !cfg!(target_arch = "x86_64") {
        // What the program does to get at instructions of the runtime's knows that processor's registers.
        let words = ["= through ", "= first ", "int80 "];
        for attack in &mut all {
            let script = [&*attack.script, &*attack.next].join("\n");
            if words.iter().any(|word| script.contains(word)) {
                attack.impossible = Some("it is written for x86-64".to_owned());
            }
        }
    }
    all
}

fn attack(
    name: impl Into<String>,
    grants: &str,
    script: impl Into<String>,
    held_by: &[Layer],
    judge: impl Fn(&Scene, &Outcome) -> bool + 'static,
) -> Attack {
    Attack {
        name: name.into(),
        grants: grants.to_owned(),
        options: Vec::new(),
        script: script.into(),
        next: String::new(),
        held_by: held_by.to_vec(),
        extra: Extra::Nothing,
        judge: Box::new(judge),
        impossible: None,
    }
}

impl Attack {
    fn with(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    fn then(mut self, next: &str) -> Self {
        self.next = next.to_owned();
        self
    }

    fn impossible_if(mut self, impossible: bool, why: &str) -> Self {
        if impossible {
            self.impossible = Some(why.to_owned());
        }
        self
    }
}

/// Whether files in the folder for temporary ones have attributes of the user's: those in memory have since Linux 6.6.
fn have_attributes() -> bool {
    let Ok(file) = tempfile::NamedTempFile::new() else { return false };
    let (fd, name, value) = (file.as_file().as_raw_fd(), c"user.x".as_ptr(), c"x".as_ptr().cast());
    // SAFETY: the kernel reads a name and one byte.
    unsafe { libc::fsetxattr(fd, name, value, 1, 0) == 0 }
}

const NO_ATTRIBUTES: &str = "files have no such attributes here";

/// The secret came out.
fn leaks(_: &Scene, outcome: &Outcome) -> bool {
    outcome.stdout.contains(SECRET)
}

/// The program says this.
fn says(text: &'static str) -> impl Fn(&Scene, &Outcome) -> bool {
    move |_, outcome| outcome.stdout.contains(text)
}

/// A variable that was shown is not negative: the kernel has done what it was asked to.
fn succeeded(variable: char) -> impl Fn(&Scene, &Outcome) -> bool {
    move |_, outcome| {
        let shown = format!("{variable}=");
        let values = outcome.stdout.lines().filter_map(|line| line.strip_prefix(&shown)?.parse::<i64>().ok());
        let mut values = values.peekable();
        values.peek().is_some() && values.all(|value| value >= 0)
    }
}
