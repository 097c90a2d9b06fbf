//! The calls on files: from descriptors, rights and memory of the program to [`crate::files`].

use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use cloudabi_host::descriptors::{Guard, New, RightsPair};
use cloudabi_host::memory::{GuestMemory, GuestRange, GuestSlice, GuestSliceMut};
use cloudabi_host::runtime::Runtime;
use cloudabi_host::types::{
    Dircookie, Errno, Fd, Fdflags, Fdstat, Filestat, Filetype, Fsflags, Lookupflags, Oflags, Ulflags,
};

use super::Thread;
use super::object::Object;
use crate::files::{LONGEST_PATH, Path, PathBuffer};

/// A directory that a path starts from.
type Directory<'a> = &'a Guard<'a, Object>;

impl Thread {
    /// Copies a path out of the program's memory.
    #[inline(always)]
    fn path<'b>(&self, buffer: &'b mut PathBuffer, path: GuestSlice<u8>) -> Result<Path<'b>, Errno> {
        let range = path.range();
        // What does not fit into a `usize` is too long in any case.
        let length = usize::try_from(range.size()).unwrap_or(usize::MAX);
        buffer.read(length, |to| Ok(self.memory().copy_in_any(range, to)?))
    }
}

/// `file_open`
#[inline]
pub fn open(
    thread: &Thread,
    directory: Directory<'_>,
    lookup: Lookupflags,
    path: GuestSlice<u8>,
    oflags: Oflags,
    wanted: &Fdstat,
) -> Result<Fd, Errno> {
    let rights = RightsPair { base: wanted.fs_rights_base, inheriting: wanted.fs_rights_inheriting };
    let most = directory.rights().inheriting;
    if !(RightsPair { base: most, inheriting: most }).contains(rights) {
        return Err(Errno::NOTCAPABLE);
    }
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?;
    // Linux has no synchronised reading: by itself the flag does nothing.
    let fs_flags = wanted.fs_flags.difference(Fdflags::RSYNC);
    let host = Fdstat { fs_flags, ..*wanted };
    let opened = thread.process.files.open(directory.as_fd(), path, lookup, oflags, &host)?;
    let rights = RightsPair { base: opened.rights, ..rights };
    let object = Object::opened(opened.descriptor, wanted.fs_flags, opened.filetype);
    thread.process.descriptors.insert(New::unsettled(object, rights)).map_err(|(_, error)| error)
}

/// `file_create`
pub fn create(
    thread: &Thread,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
    filetype: Filetype,
) -> Result<(), Errno> {
    let mut buffer = PathBuffer::new();
    thread.process.files.create(directory.as_fd(), thread.path(&mut buffer, path)?, filetype)
}

/// `file_link`
pub fn link(
    thread: &Thread,
    (old_directory, lookup, old_path): (Directory<'_>, Lookupflags, GuestSlice<u8>),
    (new_directory, new_path): (Directory<'_>, GuestSlice<u8>),
) -> Result<(), Errno> {
    let (mut old_buffer, mut new_buffer) = (PathBuffer::new(), PathBuffer::new());
    let old_path = thread.path(&mut old_buffer, old_path)?;
    let new_path = thread.path(&mut new_buffer, new_path)?;
    thread.process.files.link(old_directory.as_fd(), old_path, lookup, new_directory.as_fd(), new_path)
}

/// `file_readdir`
pub fn readdir(
    thread: &Thread,
    directory: Directory<'_>,
    buffer: GuestSliceMut<u8>,
    cookie: Dircookie,
) -> Result<u64, Errno> {
    let range = buffer.range();
    let length = usize::try_from(range.size()).unwrap_or(usize::MAX);
    let mut done = 0;
    let put = |bytes: &[u8]| {
        let size = bytes.len() as u64;
        thread.memory().copy_out(part(range, done, size)?, bytes)?;
        done += size;
        Ok(())
    };
    thread.process.files.readdir(directory.as_fd(), cookie, length, put).map(|filled| filled as u64)
}

/// `file_readlink`
pub fn readlink(
    thread: &Thread,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
    buffer: GuestSliceMut<u8>,
) -> Result<u64, Errno> {
    let mut path_buffer = PathBuffer::new();
    let path = thread.path(&mut path_buffer, path)?;
    let mut room = [MaybeUninit::uninit(); LONGEST_PATH];
    let size = usize::try_from(buffer.range().size()).unwrap_or(usize::MAX).min(room.len());
    // The kernel wants room for something; a link that is asked for nothing of is still looked for.
    let content = thread.process.files.readlink(directory.as_fd(), path, &mut room[..size.max(1)])?;
    let content = &content[..content.len().min(size)];
    thread.memory().copy_out(part(buffer.range(), 0, content.len() as u64)?, content)?;
    Ok(content.len() as u64)
}

/// `file_rename`
pub fn rename(
    thread: &Thread,
    (old_directory, old_path): (Directory<'_>, GuestSlice<u8>),
    (new_directory, new_path): (Directory<'_>, GuestSlice<u8>),
) -> Result<(), Errno> {
    let (mut old_buffer, mut new_buffer) = (PathBuffer::new(), PathBuffer::new());
    let old_path = thread.path(&mut old_buffer, old_path)?;
    let new_path = thread.path(&mut new_buffer, new_path)?;
    thread.process.files.rename(old_directory.as_fd(), old_path, new_directory.as_fd(), new_path)
}

/// `file_stat_fget`
pub fn stat_fget(thread: &Thread, fd: &Guard<'_, Object>) -> Result<Filestat, Errno> {
    thread.process.files.stat_fget(fd.as_fd(), fd.known_filetype())
}

/// `file_stat_get`
#[inline]
pub fn stat_get(
    thread: &Thread,
    directory: Directory<'_>,
    lookup: Lookupflags,
    path: GuestSlice<u8>,
) -> Result<Filestat, Errno> {
    let mut buffer = PathBuffer::new();
    thread.process.files.stat_get(directory.as_fd(), thread.path(&mut buffer, path)?, lookup)
}

/// `file_stat_put`
pub fn stat_put(
    thread: &Thread,
    directory: Directory<'_>,
    lookup: Lookupflags,
    path: GuestSlice<u8>,
    values: &Filestat,
    flags: Fsflags,
) -> Result<(), Errno> {
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?;
    thread.process.files.stat_put(directory.as_fd(), path, lookup, values, flags)
}

/// `file_symlink`
pub fn symlink(
    thread: &Thread,
    content: GuestSlice<u8>,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
) -> Result<(), Errno> {
    let (mut content_buffer, mut path_buffer) = (PathBuffer::new(), PathBuffer::new());
    let content = thread.path(&mut content_buffer, content)?;
    let path = thread.path(&mut path_buffer, path)?;
    thread.process.files.symlink(content, directory.as_fd(), path)
}

/// `file_unlink`
pub fn unlink(
    thread: &Thread,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
    flags: Ulflags,
) -> Result<(), Errno> {
    let mut buffer = PathBuffer::new();
    thread.process.files.unlink(directory.as_fd(), thread.path(&mut buffer, path)?, flags)
}

/// A part of a buffer of the program's that is known to be large enough.
fn part(range: GuestRange, offset: u64, size: u64) -> Result<GuestRange, Errno> {
    range.part(offset, size).ok_or(Errno::FAULT)
}
