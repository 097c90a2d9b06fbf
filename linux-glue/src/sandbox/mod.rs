//! What holds a program in.
//!
//! The program is native code in the same process as the runtime: it can overwrite the runtime's memory, jump anywhere and
//! make system calls by itself. So what holds it is the kernel, in layers, each of which is raised before the program's first
//! instruction and cannot be taken down from inside:
//!
//! | layer | what it does | where |
//! | --- | --- | --- |
//! | world | user, mount and IPC namespaces, an empty root, each granted directory a mount of its own | `world.rs`, `mounts.rs` |
//! | processes | a namespace of processes, which ends with the program | `world.rs`, `keeper.rs` |
//! | landlock | what can be done beneath granted directories; signals and messages stay inside | `landlock.rs` |
//! | seccomp | which system calls there are | `seccomp/` |
//! | descriptors | whatever was not granted is closed | `launch/child.rs` |
//! | privileges | no capabilities, nor a way to them; no core files, nothing to see for other processes | `privileges.rs` |
//! | wiping | nothing of the starter's is left in memory | `wipe.rs` |
//!
//! `SECURITY.md` says what is promised.

pub(crate) mod features;
pub(crate) mod keeper;
pub(crate) mod landlock;
pub(crate) mod limits;
pub(crate) mod mounts;
pub(crate) mod privileges;
pub(crate) mod seccomp;
pub(crate) mod wipe;
pub(crate) mod world;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use cloudabi_host::types::Rights;

use crate::launch::{Granted, LaunchError, cannot};
pub use features::Features;
pub use limits::Limits;
pub use mounts::attributes as mount_attributes;
pub use seccomp::Refused;
pub use wipe::Clearing;

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
}

impl Layer {
    /// All of them.
    pub const ALL: [Layer; 7] = [
        Layer::World,
        Layer::Processes,
        Layer::Landlock,
        Layer::Seccomp,
        Layer::Descriptors,
        Layer::Privileges,
        Layer::Wiping,
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
            Mode::None => Layer::Descriptors.bit() | Layer::Wiping.bit(),
        };
        Sandbox { mode, debug: false, limits: Limits::default(), layers }
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
        let world = if self.has(Layer::World) { world::NAMESPACES } else { 0 };
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
        Features::check(self)?;
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
        self.limits.enforce().map_err(cannot("set limits"))?;
        if self.mode == Mode::None {
            return Ok(None);
        }
        privileges::gain_none().map_err(cannot("give up new privileges"))?;
        if self.has(Layer::Privileges) {
            limits::leave_no_core().map_err(cannot("do without core files"))?;
            if !self.debug {
                privileges::hide().map_err(cannot("hide the process from others"))?;
            }
        }
        if let Some(rules) = before.rules {
            rules.enforce().map_err(cannot("enter a Landlock domain"))?;
        }
        if !self.has(Layer::Seccomp) {
            return Ok(None);
        }
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
        if !self.has(Layer::Landlock) || self.mode == Mode::None {
            return Ok(Before { rules: None, executable_memory });
        }
        let cannot_rule = cannot::<io::Error>("make rules for granted directories");
        let rules = (|| {
            let rules = landlock::Rules::new()?;
            for grant in granted.iter().filter(|grant| is_directory(&grant.fd)) {
                rules.allow(grant.fd.as_fd(), all(grant))?;
            }
            Ok(rules)
        })()
        .map_err(cannot_rule)?;
        Ok(Before { rules: Some(rules), executable_memory })
    }
}

/// What the sandbox has to know before the program has its descriptors.
#[derive(Debug)]
pub(crate) struct Before {
    rules: Option<landlock::Rules>,
    executable_memory: bool,
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
