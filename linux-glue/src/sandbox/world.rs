//! The first layer: a world with nothing in it.
//!
//! A process in namespaces of its own sees no processes, no shared memory and no files of others. Its root is an empty,
//! read-only directory, where every absolute path and every `..` ends; granted directories are mounted nowhere, so that no
//! `..` leads out of them. Without capabilities a process cannot leave such a root, and the kernel makes no user namespace for
//! it that would give it some.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::generated::constants;

/// The namespaces: user, mount, IPC. Where this version of Landlock does not keep messages to abstract sockets inside, also
/// one for the network, which takes longer to make than all the others: abstract names are its own then, and it is
/// connected with nothing.
pub fn namespaces(landlock: u32) -> i32 {
    let network = if landlock < super::landlock::SCOPES { libc::CLONE_NEWNET } else { 0 };
    libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWIPC | network
}

/// The namespace of processes. What is in it ends with its first process.
pub const PROCESSES: i32 = libc::CLONE_NEWPID | libc::CLONE_NEWUSER;

/// Like fork(2), with the child in new namespaces. In the child the C library takes this thread for the one that it was in the
/// parent; what asks it for the thread's number, as pthread_kill(3) does, is not for that thread.
///
/// # Safety
/// This process has one thread.
///
/// # Errors
/// What clone(2) says.
pub unsafe fn fork_into(namespaces: i32) -> io::Result<libc::pid_t> {
    let flags = (namespaces | libc::SIGCHLD) as libc::c_ulong;
    let none: libc::c_ulong = 0;
    // SAFETY: without a stack of its own the child goes on with a copy of this one, as after fork(2). On all architectures
    // that this is compiled for, the flags come first, and the rest is not used.
    match unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, none) } {
        -1 => Err(io::Error::last_os_error()),
        pid => libc::pid_t::try_from(pid).map_err(|_| io::ErrorKind::InvalidData.into()),
    }
}

/// Whether this process is the first one of a namespace: signals that it sends itself do nothing then, but for what it has
/// handlers for. pid_namespaces(7).
pub fn is_first_process() -> bool {
    rustix::process::getpid() == rustix::process::Pid::INIT
}

fn check(result: libc::c_long) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

const FSOPEN_CLOEXEC: libc::c_uint = 1;
const FSCONFIG_SET_STRING: libc::c_uint = 1;
const FSCONFIG_CMD_CREATE: libc::c_uint = 6;
const FSMOUNT_CLOEXEC: libc::c_uint = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 4;

/// A descriptor that the kernel has made for us.
fn owned(result: libc::c_long) -> io::Result<OwnedFd> {
    check(result)?;
    let fd = i32::try_from(result).map_err(|_| io::ErrorKind::InvalidData)?;
    // SAFETY: it is new.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Replaces the root by an empty directory, in a mount namespace of this process's own. What is open stays so.
///
/// The directory is of the file system that has the least to set up. It covers the root that there was: a mount that is nowhere
/// would be taken apart when its last descriptor is closed, for which the kernel waits until no processor looks at it, and
/// it would do so once more for the namespace's own mounts when the process ends.
///
/// # Errors
/// What fsopen(2), fsconfig(2), fsmount(2), move_mount(2) and chroot(2) say.
pub fn empty() -> io::Result<()> {
    let none = std::ptr::null::<libc::c_char>();
    let attributes = constants::MOUNT_ATTR_RDONLY
        | constants::MOUNT_ATTR_NOSUID
        | constants::MOUNT_ATTR_NODEV
        | constants::MOUNT_ATTR_NOEXEC;
    // SAFETY: all strings end in a NUL.
    unsafe {
        let files = owned(libc::syscall(libc::SYS_fsopen, c"ramfs".as_ptr(), FSOPEN_CLOEXEC))?;
        let (key, mode) = (c"mode".as_ptr(), c"555".as_ptr());
        check(libc::syscall(libc::SYS_fsconfig, files.as_raw_fd(), FSCONFIG_SET_STRING, key, mode, 0))?;
        check(libc::syscall(libc::SYS_fsconfig, files.as_raw_fd(), FSCONFIG_CMD_CREATE, none, none, 0))?;
        let root = owned(libc::syscall(libc::SYS_fsmount, files.as_raw_fd(), FSMOUNT_CLOEXEC, attributes))?;
        let (from, to, flags) = (c"".as_ptr(), c"/".as_ptr(), MOVE_MOUNT_F_EMPTY_PATH);
        check(libc::syscall(libc::SYS_move_mount, root.as_raw_fd(), from, libc::AT_FDCWD, to, flags))?;
        check(libc::fchdir(root.as_raw_fd()).into())?;
        check(libc::chroot(c".".as_ptr()).into())
    }
}
