//! Looking paths up beneath a directory.

use super::convert::Node;
use super::error::host;
use super::walk::{Opened, TO_SEARCH};
use super::{Files, Walk};
use cloudabi_host::path::Path;
use cloudabi_host::path::{Follow, Last, Place, resolve};
use cloudabi_host::types::{Errno, Lookupflags};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2, readlinkat_raw};
use rustix::io;
use rustix::path::Arg;
use std::borrow::Cow;
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// How often a system call that says `EAGAIN` is asked again. With renames going on all the time elsewhere on the
/// machine, most look-ups with `..` succeed by the second attempt.
const ATTEMPTS: usize = 8;

/// What the calls that take a single component get.
#[derive(Debug)]
pub(super) struct Target<'a> {
    directory: Place<'a, Opened<'a>>,
    pub(super) last: End<'a>,
}

/// The end of a path.
#[derive(Debug)]
pub(super) enum End<'a> {
    /// A name, which may or may not exist. If it is a link, then one that is not to be followed.
    Name(Name<'a>),
    /// The path ends in `.`, and leads to the directory itself.
    Dot,
    /// The path ends in `..`, and leads to the directory itself.
    DotDot,
}

/// A single component.
#[derive(Debug)]
pub(super) struct Name<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether it must be a directory, since `/` comes after it.
    pub(super) slash: bool,
}

impl Name<'_> {
    /// The name, with a slash if one came after it: for system calls that check it and do not follow a link there.
    pub(super) fn with_slash(&self) -> Cow<'_, [u8]> {
        match self.slash {
            false => Cow::Borrowed(&self.bytes),
            true => Cow::Owned([&self.bytes, &b"/"[..]].concat()),
        }
    }
}

impl Target<'_> {
    /// Why a name before a slash is not what a call wants, which takes no directory: `error`, or because it is not even
    /// one. System calls that would follow a link there cannot be asked.
    pub(super) fn refuse_directory(&self, name: &Name<'_>, error: Errno) -> Errno {
        let directory = openat(self, &*name.bytes, TO_SEARCH | OFlags::NOFOLLOW, Mode::empty());
        directory.map_or_else(host, |_| error)
    }
}

impl AsFd for Target<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.directory.as_ref().as_fd()
    }
}

impl Files {
    /// Opens what is beneath `directory`: `openat2`, confined.
    ///
    /// `path` is a whole path, and `flags` has no `O_NOFOLLOW` where a link at its end is to be followed.
    #[inline(always)]
    pub(super) fn open_beneath(
        &self,
        directory: BorrowedFd<'_>,
        path: impl Text,
        flags: OFlags,
        mode: Mode,
    ) -> Result<OwnedFd, Errno> {
        if self.walk == Walk::Kernel {
            for _ in 0..ATTEMPTS {
                match openat2(directory, path, flags, mode, CONFINED) {
                    Ok(descriptor) => return Ok(descriptor),
                    Err(io::Errno::AGAIN) => {}
                    Err(io::Errno::XDEV) => return Err(Errno::NOTCAPABLE),
                    Err(io::Errno::LOOP) => return Err(loop_or_magic(directory, path, flags)),
                    // The kernel is older than Linux 5.6.
                    Err(io::Errno::NOSYS) => break,
                    Err(error) => return Err(host(error)),
                }
            }
        }
        open_by_walking(directory, path.bytes(), flags, mode)
    }

    /// Finds the directory in which the last component of a path is to be looked up.
    pub(super) fn find<'a>(
        &self,
        start: &'a Opened<'a>,
        path: Path<'a>,
        follow: Follow,
    ) -> Result<Target<'a>, Errno> {
        if self.walk == Walk::Components {
            return find_by_walking(start, path, follow);
        }
        let split = path.split()?;
        let last = match split.name {
            b"." => End::Dot,
            b".." => End::DotDot,
            name => End::Name(Name { bytes: Cow::Borrowed(name), slash: split.slash }),
        };
        // A path that ends in dots leads to a directory as a whole.
        let parent = if matches!(last, End::Name(_)) { split.parent } else { path.as_bytes() };
        let directory = if parent.is_empty() {
            Place::Start(start)
        } else {
            Place::Beneath(Opened::Own(self.open_beneath(start.as_fd(), parent, TO_SEARCH, Mode::empty())?))
        };
        let target = Target { directory, last };
        if let End::Name(name) = &target.last
            && follow.applies(split.slash)
            && is_link(target.as_fd(), &name.bytes)?
        {
            return find_by_walking(start, path, follow);
        }
        Ok(target)
    }
}

/// A path, or part of one.
pub(super) trait Text: Arg + Copy {
    fn bytes(&self) -> &[u8];
}

impl Text for &CStr {
    fn bytes(&self) -> &[u8] {
        self.to_bytes()
    }
}

impl Text for &[u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// Whether a link at the end of a path is to be followed.
pub(super) fn follows(lookup: Lookupflags) -> Result<bool, Errno> {
    if !lookup.is_defined() {
        return Err(Errno::INVAL);
    }
    Ok(lookup.contains(Lookupflags::SYMLINK_FOLLOW))
}

const CONFINED: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

/// Why a look-up ended in `ELOOP`: too many links, one that was not to be followed, or one of `/proc` that leads to
/// somewhere without a path.
#[cold]
fn loop_or_magic(directory: BorrowedFd<'_>, path: impl Text, flags: OFlags) -> Errno {
    let flags = OFlags::PATH | OFlags::CLOEXEC | flags & OFlags::NOFOLLOW;
    match openat2(directory, path, flags, Mode::empty(), ResolveFlags::BENEATH) {
        Err(io::Errno::XDEV) => Errno::NOTCAPABLE,
        _ => Errno::LOOP,
    }
}

fn is_link(directory: BorrowedFd<'_>, name: &[u8]) -> Result<bool, Errno> {
    match readlinkat_raw(directory, name, &mut [MaybeUninit::uninit(); 1]) {
        Ok(_) => Ok(true),
        Err(io::Errno::INVAL | io::Errno::NOENT) => Ok(false),
        Err(error) => Err(host(error)),
    }
}

#[cold]
fn find_by_walking<'a>(start: &'a Opened<'a>, path: Path<'a>, follow: Follow) -> Result<Target<'a>, Errno> {
    let found = resolve(start, path.as_bytes(), follow)?;
    let last = match found.last {
        Last::Dot => End::Dot,
        Last::DotDot => End::DotDot,
        Last::Name { name, directory } => End::Name(Name { bytes: Cow::Owned(name), slash: directory }),
    };
    Ok(Target { directory: found.parent, last })
}

#[cold]
fn open_by_walking(
    directory: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let make = flags.contains(OFlags::CREATE);
    let as_it_is = flags.contains(OFlags::NOFOLLOW) || make && flags.contains(OFlags::EXCL);
    let follow = match (make, as_it_is) {
        (true, true) => Follow::Never,
        (true, false) => Follow::UnlessSlash,
        (false, true) => Follow::BeforeSlash,
        (false, false) => Follow::Always,
    };
    let start = Opened::Given(directory);
    for _ in 0..ATTEMPTS {
        let found = resolve(&start, path, follow)?;
        let (name, slash) = match &found.last {
            Last::Name { name, directory } => (&name[..], *directory),
            Last::Dot | Last::DotDot => (&b"."[..], false),
        };
        if make && slash {
            return Err(Errno::ISDIR);
        }
        let slash = if slash { OFlags::DIRECTORY } else { OFlags::empty() };
        match openat(found.parent.as_ref(), name, flags | OFlags::NOFOLLOW | slash, mode) {
            // A link has come there since it was looked at. `O_PATH` opens it.
            Err(io::Errno::LOOP) if !as_it_is => {}
            Ok(descriptor)
                if !as_it_is && flags.contains(OFlags::PATH) && Node::of(&descriptor)? == Node::Link => {}
            Ok(descriptor) => return Ok(descriptor),
            Err(error) => return Err(host(error)),
        }
    }
    Err(Errno::AGAIN)
}
