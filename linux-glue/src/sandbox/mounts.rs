//! Granted directories as mounts of their own, which are in no directory tree: from such a descriptor `..` and absolute
//! paths lead nowhere, and the mount's attributes say what the grant says.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use cloudabi_host::types::Rights;
use rustix::fs::{Mode, OFlags, fstat, openat};

use crate::generated::{constants, mount_attributes_to_host};

const OPEN_TREE_CLONE: libc::c_uint = 1;
const OPEN_TREE_CLOEXEC: libc::c_uint = libc::O_CLOEXEC as libc::c_uint;
const AT_EMPTY_PATH: libc::c_uint = libc::AT_EMPTY_PATH as libc::c_uint;
const AT_SYMLINK_NOFOLLOW: libc::c_uint = libc::AT_SYMLINK_NOFOLLOW as libc::c_uint;
/// Submounts belong to it. Without this, an ordinary user could not have directories with submounts at all.
const AT_RECURSIVE: libc::c_uint = 0x8000;

/// `struct mount_attr` of linux/mount.h.
#[repr(C)]
struct Attributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// What a mount for a grant with these rights, base and inheriting ones together, must not allow.
pub fn attributes(rights: Rights) -> u64 {
    let always = constants::MOUNT_ATTR_NOSUID | constants::MOUNT_ATTR_NODEV;
    // Rights that are not defined do not come here.
    let missing = mount_attributes_to_host(Rights::all().intersection(rights)).unwrap_or(u64::MAX);
    always | missing
}

/// Makes a mount of a directory, from its descriptor. Only somebody with privileges in the mount namespace that the
/// descriptor comes from may do this.
///
/// # Errors
/// What open_tree(2) says: `EPERM` without those privileges.
pub fn detach(directory: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    open_tree(directory.as_raw_fd(), c"", AT_EMPTY_PATH)
}

/// Makes a mount of a directory by looking up its name in this process's own mount namespace, and makes sure that this
/// is the same directory.
///
/// # Errors
/// If it is not there under its name, and what open_tree(2) says.
pub fn detach_by_name(directory: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let name = fs::read_link(format!("/proc/self/fd/{}", directory.as_raw_fd()))?;
    let name = std::ffi::CString::new(name.as_os_str().as_bytes())?;
    let tree = open_tree(libc::AT_FDCWD, &name, AT_SYMLINK_NOFOLLOW)?;
    let (is, was) = (fstat(&tree)?, fstat(directory)?);
    if (is.st_dev, is.st_ino) != (was.st_dev, was.st_ino) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "another directory has its name now"));
    }
    Ok(tree)
}

fn open_tree(directory: i32, path: &std::ffi::CStr, flags: libc::c_uint) -> io::Result<OwnedFd> {
    let flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | flags;
    // SAFETY: the path ends in a NUL.
    let fd = unsafe { libc::syscall(libc::SYS_open_tree, directory, path.as_ptr(), flags) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    let fd = i32::try_from(fd).map_err(|_| io::ErrorKind::InvalidData)?;
    // SAFETY: the kernel has made it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sets the attributes of a mount and of those in it.
///
/// # Errors
/// What mount_setattr(2) says.
pub fn restrict(tree: BorrowedFd<'_>, rights: Rights) -> io::Result<()> {
    let attributes = Attributes { set: attributes(rights), clear: 0, propagation: 0, user_namespace: 0 };
    let flags = AT_EMPTY_PATH | AT_RECURSIVE;
    // SAFETY: the kernel reads the structure, whose size it is told.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attributes,
            size_of::<Attributes>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The descriptor that a program gets for a directory, in the mount or, where there is none, in the directory itself. Who
/// may not list it gets one that nothing can be read from.
///
/// # Errors
/// What openat(2) says.
pub fn open(tree: impl AsFd, may_list: bool) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let access = if may_list { OFlags::RDONLY } else { OFlags::PATH };
    match openat(&tree, ".", flags | access, Mode::empty()) {
        // One that can be searched and not listed is of use, too.
        Err(rustix::io::Errno::ACCESS) if may_list => {
            Ok(openat(&tree, ".", flags | OFlags::PATH, Mode::empty())?)
        }
        result => Ok(result?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_that_changes_nothing_is_read_only() {
        let read_only = constants::MOUNT_ATTR_RDONLY;
        let no_code = constants::MOUNT_ATTR_NOEXEC;
        let always = constants::MOUNT_ATTR_NOSUID | constants::MOUNT_ATTR_NODEV;
        assert_eq!(attributes(Rights::all()), always);
        assert_eq!(attributes(Rights::empty()), always | read_only | no_code);
        assert_eq!(attributes(Rights::FD_READ | Rights::PROC_EXEC), always | read_only);
        assert_eq!(attributes(Rights::FILE_UNLINK), always | no_code);
    }
}
