//! The calls that make and remove names: `file_create`, `file_link`, `file_readlink`, `file_rename`, `file_symlink`,
//! `file_unlink`.

use cloudabi_host::errors::Call;
use cloudabi_host::memory::{GuestMemory as _, GuestSlice, GuestSliceMut};
use cloudabi_host::path::{LONGEST_PATH, PathBuffer};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::types::{Errno, Filetype, Lookupflags, Ulflags};

use super::attributes::type_of_link;
use super::{Directory, check, number};
use crate::generated::{lookupflags_link_to_host, ulflags_to_host};
use crate::runtime::{Thread, last_error};

/// `file_create`: mkdirat(2).
pub fn create(
    thread: &Thread,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
    filetype: Filetype,
) -> Result<(), Errno> {
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?;
    if filetype != Filetype::DIRECTORY {
        return Err(Errno::INVAL);
    }
    // Permissions are up to the umask of whoever started the host.
    // SAFETY: the path ends with NUL.
    check(unsafe { libc::mkdirat(number(directory), path.as_c_str().as_ptr(), 0o777) }, Call::CREATE)
}

/// `file_link`: linkat(2).
pub fn link(
    thread: &Thread,
    (old_directory, lookup, old_path): (Directory<'_>, Lookupflags, GuestSlice<u8>),
    (new_directory, new_path): (Directory<'_>, GuestSlice<u8>),
) -> Result<(), Errno> {
    let (mut old_buffer, mut new_buffer) = (PathBuffer::new(), PathBuffer::new());
    let old = thread.path(&mut old_buffer, old_path)?.as_c_str().as_ptr();
    let new = thread.path(&mut new_buffer, new_path)?.as_c_str().as_ptr();
    let flags = lookupflags_link_to_host(lookup).map_err(|_| Errno::INVAL)?;
    // SAFETY: both paths end with NUL.
    let result = unsafe { libc::linkat(number(old_directory), old, number(new_directory), new, flags) };
    check(result, Call::LINK)
}

/// `file_readlink`: readlinkat(2).
pub fn readlink(
    thread: &Thread,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
    buffer: GuestSliceMut<u8>,
) -> Result<u64, Errno> {
    let mut path_buffer = PathBuffer::new();
    let path = thread.path(&mut path_buffer, path)?;
    let mut room = [0_u8; LONGEST_PATH];
    let wanted = usize::try_from(buffer.len()).unwrap_or(usize::MAX).min(room.len());
    // The kernel wants room for something; a link that is asked for nothing of is still looked for.
    let size = wanted.max(1);
    // SAFETY: the path ends with NUL, and there is so much room.
    let length = unsafe {
        libc::readlinkat(number(directory), path.as_c_str().as_ptr(), room.as_mut_ptr().cast(), size)
    };
    let length = usize::try_from(length).map_err(|_| Call::READLINK.answer(last_error()))?.min(wanted);
    let range = buffer.range().part(0, length as u64).ok_or(Errno::FAULT)?;
    thread.memory().copy_out(range, &room[..length])?;
    Ok(length as u64)
}

/// `file_rename`: renameat(2).
pub fn rename(
    thread: &Thread,
    (old_directory, old_path): (Directory<'_>, GuestSlice<u8>),
    (new_directory, new_path): (Directory<'_>, GuestSlice<u8>),
) -> Result<(), Errno> {
    let (mut old_buffer, mut new_buffer) = (PathBuffer::new(), PathBuffer::new());
    let old = thread.path(&mut old_buffer, old_path)?;
    let new = thread.path(&mut new_buffer, new_path)?;
    let (from, to) = (old.as_c_str().as_ptr(), new.as_c_str().as_ptr());
    // SAFETY: both paths end with NUL.
    if unsafe { libc::renameat(number(old_directory), from, number(new_directory), to) } == 0 {
        return Ok(());
    }
    let error = last_error();
    // Nothing but a directory gets a name with a slash behind it. FreeBSD looks for the name first.
    let not_directory = error == Errno::NOENT
        && new.as_bytes().ends_with(b"/")
        && type_of_link(old_directory, old).is_ok_and(|filetype| filetype != Filetype::DIRECTORY);
    Err(Call::RENAME.answer(if not_directory { Errno::NOTDIR } else { error }))
}

/// `file_symlink`: symlinkat(2).
pub fn symlink(
    thread: &Thread,
    content: GuestSlice<u8>,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
) -> Result<(), Errno> {
    let (mut content_buffer, mut path_buffer) = (PathBuffer::new(), PathBuffer::new());
    let content = thread.path(&mut content_buffer, content)?.as_c_str().as_ptr();
    let path = thread.path(&mut path_buffer, path)?.as_c_str().as_ptr();
    // SAFETY: both end with NUL.
    check(unsafe { libc::symlinkat(content, number(directory), path) }, Call::SYMLINK)
}

/// `file_unlink`: unlinkat(2).
pub fn unlink(
    thread: &Thread,
    directory: Directory<'_>,
    path: GuestSlice<u8>,
    flags: Ulflags,
) -> Result<(), Errno> {
    let mut buffer = PathBuffer::new();
    let path = thread.path(&mut buffer, path)?;
    let flags = ulflags_to_host(flags).map_err(|_| Errno::INVAL)?;
    // SAFETY: the path ends with NUL.
    check(unsafe { libc::unlinkat(number(directory), path.as_c_str().as_ptr(), flags) }, Call::UNLINK)
}
