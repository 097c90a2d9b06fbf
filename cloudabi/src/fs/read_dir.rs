//! What is in directories.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use cloudabi_sys::{Dircookie, Dirent, Inode};

use super::FileType;
use crate::io;
use crate::os::BorrowedFd;

/// Room for entries at first, in bytes.
const FIRST_ROOM: usize = 4096;

/// The entries of a directory, without `.` and `..`, in no particular order. See [`Dir::entries`](super::Dir::entries).
///
/// ```no_run
/// # use cloudabi::{fs::{Dir, ReadDir}, io};
/// fn count(dir: &Dir) -> usize {
///     let entries: ReadDir<'_> = dir.entries();
///     entries.filter(Result::is_ok).count()
/// }
/// ```
#[derive(Debug)]
pub struct ReadDir<'dir> {
    dir: BorrowedFd<'dir>,
    buffer: Vec<u8>,
    /// How much of the buffer has been looked at.
    position: usize,
    /// Where to go on after the last entry that was looked at.
    next: Dircookie,
    /// Whether the host has given everything up to the end.
    complete: bool,
}

/// An entry of a directory.
///
/// ```no_run
/// # use cloudabi::{fs::Dir, io};
/// fn directories(dir: &Dir) -> io::Result<Vec<Vec<u8>>> {
///     let entries: Vec<_> = dir.entries().collect::<io::Result<_>>()?;
///     Ok(entries.iter().filter(|entry| entry.file_type().is_dir()).map(|entry| entry.name().to_vec()).collect())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    name: Vec<u8>,
    inode: Inode,
    file_type: FileType,
}

impl DirEntry {
    /// Its name.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn hidden(dir: &Dir) -> io::Result<usize> {
    ///     let entries: Vec<_> = dir.entries().collect::<io::Result<_>>()?;
    ///     Ok(entries.iter().filter(|entry| entry.name().starts_with(b".")).count())
    /// }
    /// ```
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Its name, without a copy.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn names(dir: &Dir) -> io::Result<Vec<Vec<u8>>> {
    ///     dir.entries().map(|entry| Ok(entry?.into_name())).collect()
    /// }
    /// ```
    pub fn into_name(self) -> Vec<u8> {
        self.name
    }

    /// Its name, if that is UTF-8.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn names(dir: &Dir) -> Vec<String> {
    ///     dir.entries().flatten().filter_map(|entry| entry.name_str().map(String::from)).collect()
    /// }
    /// ```
    pub fn name_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.name).ok()
    }

    /// Its name for people to read: what is not UTF-8 is replaced.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn names(dir: &Dir) -> Vec<String> {
    ///     dir.entries().flatten().map(|entry| entry.name_lossy().into_owned()).collect()
    /// }
    /// ```
    pub fn name_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }

    /// What it is, if the file system says so. A symbolic link is not followed.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn directories(dir: &Dir) -> usize {
    ///     dir.entries().flatten().filter(|entry| entry.file_type().is_dir()).count()
    /// }
    /// ```
    pub fn file_type(&self) -> FileType {
        self.file_type
    }

    /// Which file of its file system it is.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::Dir, io};
    /// fn name_of(dir: &Dir, inode: cloudabi_sys::Inode) -> Option<Vec<u8>> {
    ///     dir.entries().flatten().find(|entry| entry.inode() == inode).map(|entry| entry.name().to_vec())
    /// }
    /// ```
    pub fn inode(&self) -> Inode {
        self.inode
    }
}

impl<'dir> ReadDir<'dir> {
    pub(super) fn new(dir: BorrowedFd<'dir>) -> Self {
        ReadDir { dir, buffer: Vec::new(), position: 0, next: Dircookie::START, complete: false }
    }

    /// Asks the host for more entries, with more room if not even one fits.
    fn fill(&mut self) -> io::Result<()> {
        let room = match self.position {
            0 => (2 * self.buffer.capacity()).max(FIRST_ROOM),
            _ => self.buffer.capacity(),
        };
        self.buffer.clear();
        self.buffer.reserve_exact(room);
        self.position = 0;
        let room = self.buffer.spare_capacity_mut();
        let size = room.len();
        // SAFETY: the directory is open.
        let used = unsafe { cloudabi_sys::file_readdir(self.dir.as_raw_fd(), room, self.next) }?;
        // SAFETY: the host has written so many bytes.
        unsafe { self.buffer.set_len(used.min(size)) };
        self.complete = used < size;
        Ok(())
    }

    /// The next entry in the buffer, if it is there as a whole.
    fn buffered(&mut self) -> Option<DirEntry> {
        let rest = self.buffer.get(self.position..)?;
        let bytes = rest.get(..size_of::<Dirent>())?;
        // SAFETY: there are so many bytes, and any bytes are such a structure.
        let head = unsafe { bytes.as_ptr().cast::<Dirent>().read_unaligned() };
        let length = usize::try_from(head.d_namlen).ok()?;
        let end = size_of::<Dirent>().checked_add(length)?;
        let name = rest.get(size_of::<Dirent>()..end)?.to_vec();
        self.position += end;
        self.next = head.d_next;
        Some(DirEntry { name, inode: head.d_ino, file_type: head.d_type.into() })
    }
}

impl Iterator for ReadDir<'_> {
    type Item = io::Result<DirEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.buffered() {
                Some(entry) if matches!(entry.name(), b"." | b"..") => {}
                Some(entry) => return Some(Ok(entry)),
                None if self.complete => return None,
                None => {
                    if let Err(error) = self.fill() {
                        self.complete = true;
                        self.buffer.clear();
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}

impl core::iter::FusedIterator for ReadDir<'_> {}
