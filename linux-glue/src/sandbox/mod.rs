//! What holds a program in.
//!
//! The program is native code in the same process as the runtime: it can overwrite the runtime's memory, jump anywhere and
//! make system calls by itself. So what holds it is the kernel, in layers, each of which is raised before the program's first
//! instruction and cannot be taken down from inside:
//!
//! | layer | what it does | where |
//! | --- | --- | --- |
//! | world | user, mount and IPC namespaces, an empty root, each granted directory a mount of its own | `world.rs`, `mounts.rs` |
//! | processes | a namespace of processes, which ends with the program, its first process | `world.rs` |
//! | landlock | what can be done beneath granted directories; signals and messages stay inside | `landlock.rs` |
//! | seccomp | which system calls there are | `seccomp/` |
//! | descriptors | whatever was not granted is closed | `launch/child.rs` |
//! | privileges | no capabilities, nor a way to them; no core files, nothing to see for other processes | `privileges.rs` |
//! | wiping | nothing of the starter's is left in memory | `wipe.rs` |
//! | limits | how much of the machine there is for it, if that is limited | `limits.rs` |
//!
//! `SECURITY.md` says what is promised.

pub(crate) mod features;
pub(crate) mod landlock;
pub(crate) mod leader;
pub(crate) mod limits;
pub(crate) mod mounts;
pub(crate) mod privileges;
pub(crate) mod seccomp;
pub(crate) mod wipe;
pub(crate) mod world;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use cloudabi_host::types::Rights;

use crate::generated::constants;
use crate::launch::{Granted, LaunchError, cannot};
pub use features::Features;
pub use limits::Limits;
pub use mounts::attributes as mount_attributes;
pub use seccomp::Refused;
pub use wipe::{Clearing, no_longer as clear_no_longer};

/// How a program is held in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By all layers.
    Full,
    /// Without namespaces, where these are not to be had.
    Landlock,
    /// Not at all: the ABI alone gives a program nothing that it was not granted, but one that makes Linux's system calls
    /// itself can do all that the user who started it can.
    None,
}

impl Mode {
    /// All of them, the strongest first.
    pub const ALL: [Mode; 3] = [Mode::Full, Mode::Landlock, Mode::None];

    /// The word for it on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Full => "full",
            Mode::Landlock => "landlock",
            Mode::None => "none",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of the things that hold a program. See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The empty world.
    World,
    /// The namespace of processes.
    Processes,
    /// Landlock.
    Landlock,
    /// The list of system calls.
    Seccomp,
    /// Closing what was not granted.
    Descriptors,
    /// Privileges, core files, looks from outside.
    Privileges,
    /// Clearing memory.
    Wiping,
    /// Limits of memory, processes, descriptors and time, where there are any.
    Limits,
}

impl Layer {
    /// All of them.
    pub const ALL: [Layer; 8] = [
        Layer::World,
        Layer::Processes,
        Layer::Landlock,
        Layer::Seccomp,
        Layer::Descriptors,
        Layer::Privileges,
        Layer::Wiping,
        Layer::Limits,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Layer::World => "world",
            Layer::Processes => "processes",
            Layer::Landlock => "landlock",
            Layer::Seccomp => "seccomp",
            Layer::Descriptors => "descriptors",
            Layer::Privileges => "privileges",
            Layer::Wiping => "wiping",
            Layer::Limits => "limits",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What holds a program in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// How.
    pub mode: Mode,
    /// Whether debuggers of the same user may look into the process.
    pub debug: bool,
    /// How much it may use.
    pub limits: Limits,
    /// Whether the program may receive directories from processes that are not held in like it, through any socket. A hostile
    /// program can walk up from such a directory, so far as the user may; and Landlock does not look at files then. A
    /// descriptor can say the same of itself alone: see [`Granted::foreign_directories`].
    pub foreign_directories: bool,
    layers: u8,
}

impl Sandbox {
    /// A sandbox without limits and without holes.
    pub fn new(mode: Mode) -> Sandbox {
        let all = Layer::ALL.into_iter();
        let layers = match mode {
            Mode::Full => all.fold(0, |set, layer| set | layer.bit()),
            Mode::Landlock => all
                .filter(|layer| !matches!(layer, Layer::World | Layer::Processes))
                .fold(0, |set, layer| set | layer.bit()),
            Mode::None => Layer::Descriptors.bit() | Layer::Wiping.bit() | Layer::Limits.bit(),
        };
        Sandbox { mode, debug: false, limits: Limits::default(), foreign_directories: false, layers }
    }

    /// The same without one layer: for tests, which show what a layer is there for.
    #[must_use]
    pub fn without(mut self, layer: Layer) -> Sandbox {
        self.layers &= !layer.bit();
        self
    }

    /// Whether it has a layer.
    pub fn has(self, layer: Layer) -> bool {
        self.layers & layer.bit() != 0
    }

    /// The namespaces that the program's process is made in.
    pub(crate) fn namespaces(self) -> i32 {
        let world = if self.has(Layer::World) { world::namespaces(landlock::version()) } else { 0 };
        let processes = if self.has(Layer::Processes) { world::PROCESSES } else { 0 };
        world | processes
    }

    /// Before there is a process for the program: makes mounts of directories, where this process may.
    ///
    /// Whether it was done.
    ///
    /// # Errors
    /// [`LaunchError::Missing`] if the kernel lacks something.
    pub(crate) fn prepare(self, granted: &mut [Granted]) -> Result<bool, LaunchError> {
        Features::check(self, granted)?;
        if !self.has(Layer::World) {
            return Ok(false);
        }
        for grant in granted.iter_mut().filter(|grant| is_directory(&grant.fd)) {
            match mounts::detach(grant.fd.as_fd()) {
                Ok(tree) => replace(grant, &tree)?,
                // An ordinary user may do this only in a namespace of its own: this is so for all of them.
                Err(error) if error.raw_os_error() == Some(libc::EPERM) => return Ok(false),
                Err(error) => return Err(cannot("make a mount of a granted directory")(error)),
            }
        }
        Ok(true)
    }

    /// In the process that is in new namespaces: empties the world. `prepared` is what [`Sandbox::prepare`] said.
    ///
    /// # Errors
    /// [`LaunchError`] if the kernel refuses something.
    pub(crate) fn empty_world(self, granted: &mut [Granted], prepared: bool) -> Result<(), LaunchError> {
        if self.has(Layer::World) {
            for grant in granted.iter_mut().filter(|grant| !prepared && is_directory(&grant.fd)) {
                let tree = mounts::detach_by_name(grant.fd.as_fd())
                    .map_err(cannot("find a granted directory again in a world of its own"))?;
                replace(grant, &tree)?;
            }
            world::empty().map_err(cannot("empty the world"))?;
        } else if self.mode != Mode::None {
            for grant in granted.iter_mut().filter(|grant| is_directory(&grant.fd)) {
                grant.fd = mounts::open(&grant.fd, grant.base.contains(Rights::FILE_READDIR))
                    .map_err(cannot("open a granted directory"))?;
            }
        }
        if self.has(Layer::Privileges) {
            privileges::drop_all().map_err(cannot("drop capabilities"))?;
        }
        Ok(())
    }

    /// The rest, in the process that is to run the program, when everything is open and mapped. What it needs to
    /// know of the descriptors is said beforehand, since they belong to the program by now.
    ///
    /// Gives the listener of the filter, which goes to the parent.
    ///
    /// # Errors
    /// [`LaunchError`] if the kernel lacks something that it needs. The program must not run then.
    pub(crate) fn raise(self, before: Before) -> Result<Option<OwnedFd>, LaunchError> {
        if self.has(Layer::Limits) {
            self.limits.enforce().map_err(cannot("set limits"))?;
        }
        CONFINED.store(self.has(Layer::World) && !before.foreign_directories, Ordering::Relaxed);
        REFUSING.store(self.mode == Mode::Full && !self.foreign_directories, Ordering::Relaxed);
        if self.mode == Mode::None {
            return Ok(None);
        }
        privileges::gain_none().map_err(cannot("give up new privileges"))?;
        if self.has(Layer::Privileges) {
            limits::leave_no_core().map_err(cannot("do without core files"))?;
            if self.debug {
                // Having made a namespace has hidden it.
                privileges::show().map_err(cannot("show the process to debuggers"))?;
            } else {
                privileges::hide().map_err(cannot("hide the process from others"))?;
            }
        }
        if let Some(rules) = before.rules {
            rules.enforce().map_err(cannot("enter a Landlock domain"))?;
        }
        if !self.has(Layer::Seccomp) {
            return Ok(None);
        }
        #[cfg(feature = "shortcut-switches")]
        crate::shortcuts::forbidden::forbid().map_err(cannot("forbid shortcuts that are switched off"))?;
        seccomp::install(before.executable_memory).map_err(cannot("filter system calls"))
    }

    /// What the sandbox has to know of the descriptors.
    ///
    /// # Errors
    /// [`LaunchError`] if the kernel refuses something.
    pub(crate) fn before(self, granted: &[Granted]) -> Result<Before, LaunchError> {
        let all = |grant: &Granted| grant.base | grant.inheriting;
        let executable = Rights::MEM_MAP_EXEC | Rights::PROC_EXEC;
        let executable_memory = granted.iter().any(|grant| all(grant).intersects(executable));
        // Whoever may have such a directory from one socket has it, wherever it came from.
        let foreign_directories =
            self.foreign_directories || granted.iter().any(|grant| grant.foreign_directories);
        if !self.has(Layer::Landlock) || self.mode == Mode::None {
            return Ok(Before { rules: None, executable_memory, foreign_directories });
        }
        let cannot_rule = cannot::<io::Error>("make rules for granted directories");
        let rules = (|| {
            let mut rules = landlock::Rules::new(!foreign_directories)?;
            for grant in granted.iter().filter(|grant| is_directory(&grant.fd)) {
                rules.allow(grant.fd.as_fd(), all(grant))?;
            }
            Ok(rules)
        })()
        .map_err(cannot_rule)?;
        Ok(Before { rules: Some(rules), executable_memory, foreign_directories })
    }
}

/// Whether directories that this process sends lead nowhere else.
static CONFINED: AtomicBool = AtomicBool::new(false);

/// Whether directories from processes that are not held in are refused.
static REFUSING: AtomicBool = AtomicBool::new(false);

/// Whether directories that this process sends lead nowhere else: it is in an empty world.
pub(crate) fn is_confined() -> bool {
    CONFINED.load(Ordering::Relaxed)
}

/// Whether the program is to be kept from directories of processes that are not held in.
pub(crate) fn refuses_directories() -> bool {
    REFUSING.load(Ordering::Relaxed)
}

/// The system calls that end the process which makes them, with their numbers here.
pub fn killed_calls() -> impl Iterator<Item = (&'static str, i64)> {
    seccomp::killed()
}

/// How many system calls a program's process may make.
pub fn allowed_calls() -> usize {
    crate::generated::calls::ALL.len()
}

/// The namespaces of an empty world here, beside that of processes, in words.
pub fn namespaces_in_words() -> &'static str {
    match world::namespaces(landlock::version()) & libc::CLONE_NEWNET {
        0 => "user, mount and IPC namespaces",
        _ => "user, mount, IPC and network namespaces",
    }
}

/// What the mount of a grant with these rights is like, in mount(8)'s words.
pub fn mount_attributes_in_words(rights: Rights) -> String {
    let names = [
        (constants::MOUNT_ATTR_RDONLY, "ro"),
        (constants::MOUNT_ATTR_NOSUID, "nosuid"),
        (constants::MOUNT_ATTR_NODEV, "nodev"),
        (constants::MOUNT_ATTR_NOEXEC, "noexec"),
    ];
    words(mounts::attributes(rights), &names)
}

/// What Landlock allows beneath a grant with these rights, in landlock(7)'s words.
pub fn landlock_access_in_words(rights: Rights) -> String {
    let names = [
        (constants::LANDLOCK_ACCESS_FS_READ_FILE, "read_file"),
        (constants::LANDLOCK_ACCESS_FS_WRITE_FILE, "write_file"),
        (constants::LANDLOCK_ACCESS_FS_TRUNCATE, "truncate"),
        (constants::LANDLOCK_ACCESS_FS_READ_DIR, "read_dir"),
        (constants::LANDLOCK_ACCESS_FS_MAKE_REG, "make_reg"),
        (constants::LANDLOCK_ACCESS_FS_MAKE_DIR, "make_dir"),
        (constants::LANDLOCK_ACCESS_FS_MAKE_SYM, "make_sym"),
        (constants::LANDLOCK_ACCESS_FS_REMOVE_FILE, "remove_file"),
        (constants::LANDLOCK_ACCESS_FS_REMOVE_DIR, "remove_dir"),
        (constants::LANDLOCK_ACCESS_FS_REFER, "refer"),
    ];
    words(landlock::access(rights, landlock::version()), &names)
}

fn words(bits: u64, names: &[(u64, &str)]) -> String {
    let set: Vec<_> = names.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { "nothing".to_owned() } else { set.join(" ") }
}

/// What the sandbox has to know before the program has its descriptors.
#[derive(Debug)]
pub(crate) struct Before {
    rules: Option<landlock::Rules>,
    executable_memory: bool,
    /// Whether directories of processes that are not held in may come.
    foreign_directories: bool,
}

fn is_directory(fd: &OwnedFd) -> bool {
    use rustix::fs::FileType;
    rustix::fs::fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Puts a mount in the place of the directory that it was made of.
fn replace(grant: &mut Granted, tree: &OwnedFd) -> Result<(), LaunchError> {
    mounts::restrict(tree.as_fd(), grant.base | grant.inheriting)
        .map_err(cannot("restrict the mount of a granted directory"))?;
    grant.fd = mounts::open(tree, grant.base.contains(Rights::FILE_READDIR))
        .map_err(cannot("open a granted directory"))?;
    Ok(())
}
