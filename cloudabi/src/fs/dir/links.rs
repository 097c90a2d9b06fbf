//! Further names and symbolic links.

use alloc::vec::Vec;

use cloudabi_sys::{Lookup, Lookupflags};

use super::Dir;
use crate::io;
use crate::os::AsFd as _;

/// Room for what most symbolic links contain, in bytes.
const FIRST_ROOM: usize = 256;

impl Dir {
    /// Gives a file one more name. A symbolic link at the end of the path is not followed: the name is one for the link.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn keep(dir: &Dir, backup: &Dir) -> io::Result<()> {
    ///     dir.hard_link("file", backup, "file")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), [`CrossesDevices`](io::ErrorKind::CrossesDevices), and many
    /// more.
    pub fn hard_link(&self, file: impl AsRef<[u8]>, target: &Dir, name: impl AsRef<[u8]>) -> io::Result<()> {
        let from = Lookup { fd: self.as_fd().as_raw_fd(), flags: Lookupflags::empty() };
        let to = target.as_fd().as_raw_fd();
        // SAFETY: the directories are open.
        Ok(unsafe { cloudabi_sys::file_link(from, file.as_ref(), to, name.as_ref()) }?)
    }

    /// Makes a symbolic link that contains this. It need not lead anywhere.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn current(dir: &Dir) -> io::Result<()> {
    ///     dir.symlink("releases/7", "current")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), and many more.
    pub fn symlink(&self, content: impl AsRef<[u8]>, name: impl AsRef<[u8]>) -> io::Result<()> {
        let fd = self.as_fd().as_raw_fd();
        // SAFETY: the directory is open.
        Ok(unsafe { cloudabi_sys::file_symlink(content.as_ref(), fd, name.as_ref()) }?)
    }

    /// What a symbolic link contains.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn current(dir: &Dir) -> io::Result<Vec<u8>> {
    ///     dir.read_link("current")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if it is no symbolic link, and many more.
    pub fn read_link(&self, path: impl AsRef<[u8]>) -> io::Result<Vec<u8>> {
        let fd = self.as_fd().as_raw_fd();
        let mut content = Vec::with_capacity(FIRST_ROOM);
        loop {
            let room = content.spare_capacity_mut();
            let size = room.len();
            // SAFETY: the directory is open.
            let length = unsafe { cloudabi_sys::file_readlink(fd, path.as_ref(), room) }?;
            if length < size {
                // SAFETY: the host has written so many bytes.
                unsafe { content.set_len(length) };
                return Ok(content);
            }
            // There may be more.
            content.reserve(2 * size);
        }
    }
}
