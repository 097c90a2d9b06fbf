//! Walking a path beneath a directory, one component after the other.
//!
//! [`resolve`] is what a host does whose kernel cannot confine a look-up by itself, or could not at the moment. It
//! gives the same results as Linux's `openat2` with `RESOLVE_BENEATH`, which a property test of that host holds it
//! to. It knows no operating system: all that it asks of one is [`Directory`].
//!
//! Nothing outside of the starting directory is ever asked for. Only names are looked up, never `..`: to go up is
//! to return to the directory that the walk came from, so the walk stays beneath its start even while somebody
//! else moves directories about.

mod buffer;
mod walk;

use crate::types::Errno;
pub use buffer::{LONGEST_PATH, Path, PathBuffer, Split};
pub use walk::resolve;

/// Number of symbolic links that one look-up follows: as many as Linux does.
pub const MOST_LINKS: u32 = 40;

/// Whether a symbolic link at the end of a path is followed. Links on the way always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It is not, whatever comes after it: it is in the way of something new.
    Never,
    /// It is if `/` comes after it.
    BeforeSlash,
    /// It is unless `/` comes after it: the path is that of a file to be made, which a directory cannot be.
    UnlessSlash,
    /// It is.
    Always,
}

impl Follow {
    /// Whether it is, for a link that `/` comes after or not.
    pub const fn applies(self, slash: bool) -> bool {
        match self {
            Follow::Never => false,
            Follow::BeforeSlash => slash,
            Follow::UnlessSlash => !slash,
            Follow::Always => true,
        }
    }
}

/// An open directory.
pub trait Directory: Sized {
    /// Opens a directory in this one, for look-ups only. Links are not followed.
    ///
    /// `name` is one component: not `..`, but perhaps `.`, which is how the walk finds out whether this directory
    /// may be searched.
    ///
    /// # Errors
    /// [`Errno::NOTDIR`] if it is neither a directory nor a link, [`Errno::NOENT`], [`Errno::ACCES`],
    /// [`Errno::NAMETOOLONG`], and whatever else the host has to say.
    fn enter(&self, name: &[u8]) -> Result<Step<Self>, Errno>;

    /// What the symbolic link of this name contains; `None` if there is nothing of this name, or something else.
    ///
    /// # Errors
    /// As for [`Directory::enter`].
    fn read_link(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Errno>;
}

/// What is behind a component on the way.
#[derive(Debug)]
pub enum Step<D> {
    /// A directory.
    Directory(D),
    /// A symbolic link, and what it contains.
    Link(Vec<u8>),
}

/// Where a path leads.
#[derive(Debug)]
pub struct Found<'a, D> {
    /// The directory that [`Found::last`] is to be looked up in.
    pub parent: Place<'a, D>,
    /// What is left of the path.
    pub last: Last,
}

/// The end of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// A name. There may be something of that name or not; if it is a link, then one that is not to be followed.
    Name {
        /// One component, neither `.` nor `..`.
        name: Vec<u8>,
        /// Whether `/` comes after it, so that it must be a directory.
        directory: bool,
    },
    /// The path ends in `.`: it leads to [`Found::parent`] itself.
    Dot,
    /// The path ends in `..`: it leads to [`Found::parent`] itself.
    DotDot,
}

/// A directory that was reached.
#[derive(Debug)]
pub enum Place<'a, D> {
    /// The one from which the walk started.
    Start(&'a D),
    /// Another one.
    Beneath(D),
}

impl<D> AsRef<D> for Place<'_, D> {
    fn as_ref(&self) -> &D {
        match self {
            Place::Start(directory) => directory,
            Place::Beneath(directory) => directory,
        }
    }
}
