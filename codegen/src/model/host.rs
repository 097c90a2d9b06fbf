//! How a host serves the ABI.

use super::{CallId, Doc, TypeId};

/// A host: an operating system that runs programs.
#[derive(Clone, Debug)]
pub struct Host {
    /// `linux`, `freebsd`, `macos`
    pub name: String,
    /// `Linux`, `FreeBSD`, `macOS`
    pub title: String,
    /// File that defines it, relative to the definition's folder, such as `hosts/linux.yaml`.
    pub file: String,
    /// How it serves programs, in general.
    pub doc: Doc,
    /// The ways in which it runs programs, in definition order; empty where nothing is said of them.
    pub ways: Vec<Way>,
    /// Constants whose numbers the definition itself records.
    pub constants: Vec<HostConstant>,
    /// Tables in definition order.
    pub tables: Vec<HostTable>,
    /// What the runtime on this host needs at any time, whichever call it serves. Empty where there is
    /// nothing of the kind.
    pub runtime: RuntimeNeeds,
    /// What each call needs, in the order of [`super::Model::calls`].
    pub calls: Vec<CallNeeds>,
}

impl Host {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&HostTable> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// What the host's kernel has for a right (index in the type of rights): what tables of rights map it to.
    pub fn holds(&self, rights: TypeId, right: usize) -> Held<'_> {
        let mut constants: Vec<&str> = Vec::new();
        let mut reasons = Vec::new();
        for table in self.tables.iter().filter(|table| table.ty == rights) {
            match table.entries.iter().find(|entry| entry.value == right).map(|entry| &entry.mapping) {
                Some(HostMapping::Constants { names, .. }) => {
                    for name in names {
                        if !constants.contains(&name.as_str()) {
                            constants.push(name);
                        }
                    }
                }
                Some(HostMapping::Zero(reason) | HostMapping::None(reason)) => reasons.push(reason.as_str()),
                None => {}
            }
        }
        if constants.is_empty() { Held::ByRuntime(reasons) } else { Held::ByKernel(constants) }
    }
}

/// Who keeps a program to a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held<'a> {
    /// The host's kernel, by these constants.
    ByKernel(Vec<&'a str>),
    /// What serves the call, and nothing else. Why the host's kernel has nothing for it, if the definition says.
    ByRuntime(Vec<&'a str>),
}

/// A way in which a host runs programs: by its kernel, say, or inside a process.
#[derive(Clone, Debug)]
pub struct Way {
    /// `kernel`, `process`
    pub name: String,
    /// What a column of a table is headed with: `FreeBSD, kernel module`.
    pub title: String,
    /// What runs a program there.
    pub doc: Doc,
    /// Who keeps a program to its rights there.
    pub rights: Doc,
    /// How far it has come on each architecture, in the order of [`super::Model::architectures`].
    pub architectures: Vec<WayOnArchitecture>,
}

impl Way {
    /// How far it has come where it has come farthest.
    pub fn state(&self) -> State {
        self.architectures.iter().map(|on| on.state).max().unwrap_or(State::Impossible)
    }
}

/// A way of running programs, on one architecture.
#[derive(Clone, Debug)]
pub struct WayOnArchitecture {
    /// How far it has come.
    pub state: State,
    /// What has been seen of it, or why there is none.
    pub doc: Doc,
}

/// How far a way of running programs has come. What is better is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It cannot be.
    Impossible,
    /// There is no code yet.
    Planned,
    /// Every check-in builds and links it; it is not run each time.
    Built,
    /// Programs are run on an emulated processor each time.
    Emulated,
    /// Programs are run on the host itself each time.
    Tested,
}

impl State {
    /// The word that the definition has for it.
    pub fn word(self) -> &'static str {
        match self {
            State::Impossible => "impossible",
            State::Planned => "planned",
            State::Built => "built",
            State::Emulated => "emulated",
            State::Tested => "tested",
        }
    }

    /// Whether there is code.
    pub fn has_code(self) -> bool {
        self >= State::Built
    }
}

/// A constant of the host's that common libraries lack, with its number.
#[derive(Clone, Debug)]
pub struct HostConstant {
    /// `LANDLOCK_ACCESS_FS_EXECUTE`
    pub name: String,
    /// The number.
    pub value: u64,
    /// The header that defines it, such as `linux/landlock.h`.
    pub source: String,
}

/// How the values of one type map to constants of the host.
#[derive(Clone, Debug)]
pub struct HostTable {
    /// `errno`, `signal`, `landlock_access`, …
    pub name: String,
    /// The type whose values it maps.
    pub ty: TypeId,
    /// What it is used for, and what the constants are.
    pub doc: Doc,
    /// How the constants of several flags go together.
    pub apply: Apply,
    /// Whether a conversion from the ABI to the host is wanted.
    pub to_host: bool,
    /// Whether a conversion from the host to the ABI is wanted.
    pub from_host: bool,
    /// Reason why this host has no such thing at all; then `entries` is empty.
    pub none: Option<String>,
    /// The value (index) that stands for host constants that no entry names, when converting from the
    /// host.
    pub from_host_default: Option<usize>,
    /// Host constants that converting from the host turns into a value, though converting to the host
    /// never gives them: (constant, value index).
    pub also_from_host: Vec<(String, usize)>,
    /// One entry for each value of the type, in the type's order.
    pub entries: Vec<HostEntry>,
}

/// How the constants of a set of flags go together on the host. Only for tables of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// They are bits, and those of all flags that are set are joined.
    #[default]
    Together,
    /// They are numbers, or bits of different words, that must not be joined but are used one by one.
    Separately,
    /// They are bits that stand for the absence of flags: a constant applies where none of the flags that
    /// name it is set.
    WhereMissing,
}

/// How one value maps.
#[derive(Clone, Debug)]
pub struct HostEntry {
    /// Index of the value in the table's type.
    pub value: usize,
    /// What it is on the host.
    pub mapping: HostMapping,
    /// Remark for readers.
    pub note: Option<String>,
}

/// What a value is on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostMapping {
    /// The bits of these constants together (usually one constant).
    Constants {
        /// Names of constants.
        names: Vec<String>,
        /// What else decides, where several values share a constant: then only the conversion to the
        /// host is total.
        when: Option<String>,
    },
    /// The value is on the host whatever the absence of the constants means: nothing to set.
    Zero(String),
    /// The host cannot express it, and why.
    None(String),
}

/// What a runtime needs that is no part of serving one call rather than another.
#[derive(Clone, Debug, Default)]
pub struct RuntimeNeeds {
    /// System calls of the host's that it may make at any time.
    pub host_calls: Vec<String>,
    /// What for, for the documentation.
    pub doc: Doc,
}

/// What the host needs to serve a call.
#[derive(Clone, Debug)]
pub struct CallNeeds {
    /// The call.
    pub call: CallId,
    /// System calls of the host's that serving it may make; empty where it makes none.
    pub host_calls: Vec<String>,
    /// How the host serves it, for the documentation.
    pub doc: Doc,
    /// Why the host cannot serve it, if so.
    pub none: Option<String>,
    /// What of it the host cannot do, if not all.
    pub limits: Option<Doc>,
    /// What differs in a way of running programs: (index in [`Host::ways`], what holds there in place of
    /// `doc`, `none` and `limits`).
    pub ways: Vec<(usize, Served)>,
}

impl CallNeeds {
    /// How the call is served in a way of running programs.
    pub fn in_way(&self, way: usize) -> Served {
        let own = self.ways.iter().find(|(index, _)| *index == way).map(|(_, served)| served.clone());
        own.unwrap_or_else(|| Served {
            doc: self.doc.clone(),
            none: self.none.clone(),
            limits: self.limits.clone(),
        })
    }
}

/// How a call is served in one way of running programs.
#[derive(Clone, Debug)]
pub struct Served {
    /// How.
    pub doc: Doc,
    /// Why not at all, if so.
    pub none: Option<String>,
    /// What of it is not to be had, if not all.
    pub limits: Option<Doc>,
}
