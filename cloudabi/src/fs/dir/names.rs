//! Names in directories: making, removing, changing them.

use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{Filetype, Ulflags};

use super::Dir;
use crate::fs::OpenOptions;
use crate::io;
use crate::os::{AsFd as _, RawFd};

impl Dir {
    fn raw(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }

    /// Makes a directory.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn make(dir: &Dir) -> io::Result<()> {
    ///     dir.create_dir("new")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), and many more.
    pub fn create_dir(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_create(self.raw(), path.as_ref(), Filetype::DIRECTORY) }?)
    }

    /// Makes a directory and those on the way to it that do not exist.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn make(dir: &Dir) -> io::Result<()> {
    ///     dir.create_dir_all("a/b/c")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Dir::create_dir`], but not if it is there already.
    pub fn create_dir_all(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        let path = path.as_ref();
        let ends = path.iter().enumerate().filter(|(index, byte)| **byte == b'/' && *index != 0);
        for end in ends.map(|(index, _)| index).chain([path.len()]) {
            match self.create_dir(&path[..end]) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        if self.metadata(path)?.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Removes the name of anything but a directory, and the file with its last name.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn remove(dir: &Dir) -> io::Result<()> {
    ///     dir.remove_file("old")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound), and many more.
    pub fn remove_file(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_unlink(self.raw(), path.as_ref(), Ulflags::empty()) }?)
    }

    /// Removes an empty directory.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn remove(dir: &Dir) -> io::Result<()> {
    ///     dir.remove_dir("old")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DirectoryNotEmpty`](io::ErrorKind::DirectoryNotEmpty), and many more.
    pub fn remove_dir(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_unlink(self.raw(), path.as_ref(), Ulflags::REMOVEDIR) }?)
    }

    /// Removes a directory with everything in it. Symbolic links are not followed.
    ///
    /// It takes a descriptor for each level of directories, and no more of the thread's stack for deeper ones.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn remove(dir: &Dir) -> io::Result<()> {
    ///     dir.remove_dir_all("old")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of reading and removing, and [`TooManyDescriptors`](io::ErrorKind::TooManyDescriptors) if directories are
    /// nested more deeply than the process may have descriptors. What was removed before stays removed.
    pub fn remove_dir_all(&self, path: impl AsRef<[u8]>) -> io::Result<()> {
        let mut levels = vec![Level::enter(self, path.as_ref().to_vec())?];
        while let Some(level) = levels.last_mut() {
            match level.names.pop() {
                // The file system need not tell what an entry is.
                Some(name) => match level.dir.remove_file(&name) {
                    Err(error) if may_be_directory(&error) => {
                        let below = Level::enter(&level.dir, name)?;
                        levels.push(below);
                    }
                    other => other?,
                },
                None => {
                    let emptied = levels.pop().map(|level| level.name).unwrap_or_default();
                    levels.last().map_or(self, |level| &level.dir).remove_dir(emptied)?;
                }
            }
        }
        Ok(())
    }

    /// Gives a file or directory another name, perhaps in another directory of the same file system. What had that
    /// name before is replaced, in one step.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn publish(drafts: &Dir, public: &Dir) -> io::Result<()> {
    ///     drafts.rename("page.new", public, "page")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CrossesDevices`](io::ErrorKind::CrossesDevices), and many more.
    pub fn rename(&self, from: impl AsRef<[u8]>, target: &Dir, to: impl AsRef<[u8]>) -> io::Result<()> {
        // SAFETY: the directories are open.
        Ok(unsafe { cloudabi_sys::file_rename(self.raw(), from.as_ref(), target.raw(), to.as_ref()) }?)
    }
}

/// A directory that is being emptied.
struct Level {
    name: Vec<u8>,
    dir: Dir,
    /// What is still in it.
    names: Vec<Vec<u8>>,
}

impl Level {
    fn enter(parent: &Dir, name: Vec<u8>) -> io::Result<Level> {
        let dir = OpenOptions::new().read(true).follow(false).open_dir(parent, &name)?;
        let names = dir.entries().map(|entry| Ok(entry?.into_name())).collect::<io::Result<_>>()?;
        Ok(Level { name, dir, names })
    }
}

/// Whether this is what hosts say when a directory is to be removed like a file.
fn may_be_directory(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory)
}
