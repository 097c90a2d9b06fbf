//! The definition's format as a table: which keys every object has, what each holds, and what it is for.
//!
//! This is the only place that knows it. The loader checks files against it ([`super::shape`]), and the JSON Schema is
//! made from it, so that editors complete and explain what the loader accepts.

mod abi;
mod host;
mod subsystem;

pub use abi::ABI_FILE;
pub use host::HOST_FILE;
pub use subsystem::{CALL, SUBSYSTEM_FILE, TYPE};

/// What can stand somewhere.
#[derive(Debug)]
pub enum Shape {
    /// Documentation: Markdown that must not be empty.
    Doc,
    /// Other text that must not be empty.
    Text,
    /// A name.
    Name(Names),
    /// A whole number from the first to the second.
    Integer(i128, i128),
    /// `true` or `false`.
    Boolean,
    /// One of these words; each with what it means.
    Word(&'static [(&'static str, &'static str)]),
    /// Text in one of the format's small languages.
    Expression(Language),
    /// A map whose keys are given.
    Object(&'static Object),
    /// A map whose keys depend on one of them.
    Cases(&'static Cases),
    /// A map from names to things of one kind.
    Map(&'static Map),
    /// A list that has at least one item.
    List(&'static Shape),
    /// A list that may be empty.
    ListOrEmpty(&'static Shape),
    /// One of these. Each is another kind of YAML: text, list or map.
    Either(&'static [Shape]),
}

/// What a name may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Lower-case snake: `fd_read`.
    Snake,
    /// Lower-case snake that may begin with a digit: `2big`.
    SnakeOrDigit,
    /// A name as C has it: `O_CREAT`, `CLOUDABI_E`.
    C,
    /// A value of a type: `rights.fd_read`.
    Value,
}

impl Names {
    /// A regular expression for it.
    pub fn pattern(self) -> &'static str {
        match self {
            Names::Snake => "^[a-z][a-z0-9]*(_[a-z0-9]+)*$",
            Names::SnakeOrDigit => "^[a-z0-9]+(_[a-z0-9]+)*$",
            Names::C => "^[A-Za-z_][A-Za-z0-9_]*$",
            Names::Value => "^[a-z][a-z0-9]*(_[a-z0-9]+)*\\.[a-z0-9]+(_[a-z0-9]+)*$",
        }
    }

    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Names::Snake => "lower-case words joined by `_`, beginning with a letter",
            Names::SnakeOrDigit => "lower-case words joined by `_`",
            Names::C => "made of letters, digits and `_`, not beginning with a digit",
            Names::Value => "the name of a type, a `.` and the name of a value",
        }
    }

    /// Whether a text is such a name.
    pub fn matches(self, text: &str) -> bool {
        let words = |text: &str| {
            text.split('_').all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            })
        };
        match self {
            Names::Snake => words(text) && text.starts_with(|c: char| c.is_ascii_lowercase()),
            Names::SnakeOrDigit => words(text),
            Names::C => {
                !text.starts_with(|c: char| c.is_ascii_digit())
                    && !text.is_empty()
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            }
            Names::Value => text
                .split_once('.')
                .is_some_and(|(ty, value)| Names::Snake.matches(ty) && Names::SnakeOrDigit.matches(value)),
        }
    }
}

/// The small languages of the format. Their grammars are in [`super::expression`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `*const iovec`
    Type,
    /// `in[].fd_readwrite.fd`
    Path,
    /// `oflags has creat`
    Condition,
    /// `fd_read & fd_seek`
    Rights,
}

/// A map whose keys are given.
#[derive(Debug)]
pub struct Object {
    /// What it is, as messages say it: "a call".
    pub what: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys, in the order in which one writes them.
    pub keys: &'static [Key],
}

impl Object {
    /// Whether it has a key of this name.
    pub fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }
}

/// A key of an [`Object`].
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
    /// What it is for.
    pub doc: &'static str,
}

/// A map whose keys depend on one of them.
#[derive(Debug)]
pub struct Cases {
    /// What it is, as messages say it: "a type".
    pub what: &'static str,
    /// How to tell.
    pub by: Selector,
    /// The cases.
    pub cases: &'static [Object],
}

/// How to tell which of several objects something is.
#[derive(Debug)]
pub enum Selector {
    /// By the word that this key holds. The words stand beside the cases, in the same order.
    Word(&'static str, &'static [&'static str]),
    /// By the key that is there: the first key of each case.
    FirstKey,
}

/// A map from names to things of one kind.
#[derive(Debug)]
pub struct Map {
    /// What each entry is, as messages say it: "value".
    pub what: &'static str,
    /// What the names look like.
    pub names: Names,
    /// Whether the names are defined here. What is said about names that are defined elsewhere is checked by looking
    /// them up, so one that looks wrong is an unknown one.
    pub defines: bool,
    /// What each holds.
    pub entry: Shape,
}

/// A key that must be there.
const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, required: true, shape, doc }
}

/// A key that may be there.
const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, required: false, shape, doc }
}

/// The key for documentation.
const DOC: Key = required(
    "doc",
    Shape::Doc,
    "What it means, in Markdown. `[fd_read]`, `[fd_read.iovs]`, `[rights.fd_seek]` and `[fdstat.fs_flags]` refer to calls, parameters, types, values and members.",
);

/// The key for the version that brought something.
const SINCE: Key =
    optional("since", Shape::Text, "Version of the definition that brought it, if not the first.");

/// The key for what is not to be used any more.
const DEPRECATED: Key = optional("deprecated", Shape::Text, "Why not to use it any more.");
