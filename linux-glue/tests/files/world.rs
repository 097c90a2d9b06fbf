//! A folder with a directory in it that a program was given, and something beside it that it was not.

use cloudabi_host::types::{
    Dircookie, Errno, Fdflags, Fdstat, Filestat, Filetype, Fsflags, Lookupflags, Oflags,
};
use cloudabi_host::types::{Rights, Ulflags};
use cloudabi_linux_glue::files::{Files, Opened, Path, PathBuffer, Walk};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
use std::fs;
use std::mem::MaybeUninit;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

pub const FOLLOW: Lookupflags = Lookupflags::SYMLINK_FOLLOW;
pub const NO_FOLLOW: Lookupflags = Lookupflags::empty();
pub const NOTHING: Oflags = Oflags::empty();
pub const READ: Rights = Rights::FD_READ;
pub const WRITE: Rights = Rights::FD_WRITE;

pub struct World {
    pub folder: TempDir,
    pub top: OwnedFd,
    pub files: Files,
}

/// Runs a test with both ways of looking paths up.
pub fn both(test: impl Fn(&World)) {
    for walk in [Walk::Kernel, Walk::Components] {
        test(&World::new(walk));
    }
}

impl World {
    pub fn new(walk: Walk) -> World {
        World::within(walk, tempfile::tempdir().expect("no temporary folder"))
    }

    /// `top/`, which the program has, with a few files; and beside it `outside` and `elsewhere/`, which it has not.
    pub fn within(walk: Walk, folder: TempDir) -> World {
        let top = folder.path().join("top");
        fs::create_dir(&top).expect("top");
        fs::write(folder.path().join("outside"), "secret").expect("outside");
        fs::create_dir(folder.path().join("elsewhere")).expect("elsewhere");
        fs::write(folder.path().join("elsewhere/file"), "secret").expect("elsewhere/file");
        let top =
            open(&top, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).expect("top");
        World { folder, top, files: Files::new(walk) }
    }

    /// Makes things behind the program's back: a name with `/` at its end is a directory, one with ` -> ` a link, one
    /// with `|` at its end a FIFO, and any other one a file that contains its own name.
    pub fn make(&self, names: &[&str]) -> &Self {
        for name in names {
            let path = |name: &str| self.folder.path().join("top").join(name);
            if let Some((link, target)) = name.split_once(" -> ") {
                symlink(target, path(link)).expect(name);
            } else if let Some(fifo) = name.strip_suffix('|') {
                mknodat(CWD, path(fifo), FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect(name);
            } else if name.ends_with('/') {
                fs::create_dir(path(name)).expect(name);
            } else {
                fs::write(path(name), name).expect(name);
            }
        }
        self
    }

    /// The content of a file beneath the top.
    pub fn content(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("top").join(name)).expect(name)
    }

    /// Whether there is something of this name, if only a link.
    pub fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.folder.path().join("top").join(name)).is_ok()
    }

    pub fn open_as(
        &self,
        path: &str,
        lookup: Lookupflags,
        oflags: Oflags,
        rights: Rights,
        flags: Fdflags,
    ) -> Result<Opened, Errno> {
        let wanted = Fdstat { fs_flags: flags, fs_rights_base: rights, ..Fdstat::ZERO };
        with_path(path, |path| self.files.open(self.top.as_fd(), path, lookup, oflags, &wanted))
    }

    /// Opens with links followed and without flags.
    pub fn open(&self, path: &str, oflags: Oflags, rights: Rights) -> Result<Opened, Errno> {
        self.open_as(path, FOLLOW, oflags, rights, Fdflags::empty())
    }

    pub fn create(&self, path: &str) -> Result<(), Errno> {
        with_path(path, |path| self.files.create(self.top.as_fd(), path, Filetype::DIRECTORY))
    }

    pub fn link(&self, old: &str, lookup: Lookupflags, new: &str) -> Result<(), Errno> {
        let top = self.top.as_fd();
        with_path(old, |old| with_path(new, |new| self.files.link(top, old, lookup, top, new)))
    }

    pub fn readlink(&self, path: &str, room: usize) -> Result<String, Errno> {
        let mut buffer = vec![MaybeUninit::uninit(); room];
        with_path(path, |path| {
            let content = self.files.readlink(self.top.as_fd(), path, &mut buffer)?;
            Ok(String::from_utf8_lossy(content).into_owned())
        })
    }

    pub fn rename(&self, old: &str, new: &str) -> Result<(), Errno> {
        let top = self.top.as_fd();
        with_path(old, |old| with_path(new, |new| self.files.rename(top, old, top, new)))
    }

    pub fn symlink(&self, content: &str, path: &str) -> Result<(), Errno> {
        with_path(content, |content| {
            with_path(path, |path| self.files.symlink(content, self.top.as_fd(), path))
        })
    }

    pub fn unlink(&self, path: &str, flags: Ulflags) -> Result<(), Errno> {
        with_path(path, |path| self.files.unlink(self.top.as_fd(), path, flags))
    }

    pub fn stat(&self, path: &str, lookup: Lookupflags) -> Result<Filestat, Errno> {
        with_path(path, |path| self.files.stat_get(self.top.as_fd(), path, lookup))
    }

    pub fn filetype(&self, path: &str, lookup: Lookupflags) -> Result<Filetype, Errno> {
        Ok(self.stat(path, lookup)?.st_filetype)
    }

    pub fn set_times(
        &self,
        path: &str,
        lookup: Lookupflags,
        values: &Filestat,
        flags: Fsflags,
    ) -> Result<(), Errno> {
        with_path(path, |path| self.files.stat_put(self.top.as_fd(), path, lookup, values, flags))
    }

    /// What one call of `file_readdir` puts into a buffer of this size.
    pub fn readdir(&self, cookie: Dircookie, room: usize) -> Result<Vec<u8>, Errno> {
        let mut bytes = Vec::new();
        let used = self.files.readdir(self.top.as_fd(), cookie, room, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        assert_eq!(used, bytes.len());
        assert!(used <= room);
        Ok(bytes)
    }
}

/// Calls with a path as it comes from a program.
pub fn with_path<T>(path: &str, call: impl FnOnce(Path<'_>) -> Result<T, Errno>) -> Result<T, Errno> {
    call(PathBuffer::new().copy_of(path.as_bytes())?)
}

/// Every call that takes a path, with `path` in each place where one goes, on a file that is not there to be made.
/// What they return.
pub fn every_call(world: &World, path: &str) -> Vec<(&'static str, Errno)> {
    let time = Filestat::ZERO;
    let results = [
        ("open", world.open(path, NOTHING, READ).map(drop)),
        ("open to make", world.open(path, Oflags::CREAT, WRITE).map(drop)),
        ("open path only", world.open(path, NOTHING, Rights::FILE_STAT_FGET).map(drop)),
        ("open directory", world.open(path, Oflags::DIRECTORY, Rights::FILE_READDIR).map(drop)),
        ("stat", world.stat(path, FOLLOW).map(drop)),
        ("stat of link", world.stat(path, NO_FOLLOW).map(drop)),
        ("set times", world.set_times(path, FOLLOW, &time, Fsflags::MTIM)),
        ("set times of link", world.set_times(path, NO_FOLLOW, &time, Fsflags::MTIM)),
        ("look up", world.set_times(path, NO_FOLLOW, &time, Fsflags::empty())),
        ("readlink", world.readlink(path, 10).map(drop)),
        ("create", world.create(path)),
        ("symlink", world.symlink("content", path)),
        ("link from", world.link(path, NO_FOLLOW, "new")),
        ("link from followed", world.link(path, FOLLOW, "new")),
        ("link to", world.link("file", NO_FOLLOW, path)),
        ("rename from", world.rename(path, "new")),
        ("rename to", world.rename("file", path)),
        ("unlink", world.unlink(path, Ulflags::empty())),
        ("remove directory", world.unlink(path, Ulflags::REMOVEDIR)),
    ];
    results.map(|(call, result)| (call, result.err().unwrap_or(Errno::SUCCESS))).into()
}

/// Holds every call to one answer.
pub fn every_call_fails(world: &World, path: &str, error: Errno) {
    for (call, result) in every_call(world, path) {
        assert_eq!(result, error, "{call} of {path:?}");
    }
}
