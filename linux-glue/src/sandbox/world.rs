//! The first layer: a world with nothing in it.
//!
//! A process in namespaces of its own sees no processes, no shared memory and no files of others. Its root is an empty,
//! read-only directory; the tree that it came from is taken apart.

use std::io;
use std::path::Path;

/// The namespaces: user, mount, IPC.
pub const NAMESPACES: i32 = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWIPC;

/// The namespace of processes. What is in it ends with its first process.
pub const PROCESSES: i32 = libc::CLONE_NEWPID | libc::CLONE_NEWUSER;

/// Directories that nearly every system has: the empty root is mounted on one of them for a moment.
const PLACES: [&str; 6] = ["/tmp", "/proc", "/dev", "/mnt", "/usr", "/var"];

/// Like fork(2), with the child in new namespaces. In the child the C library does not know its own thread number;
/// the child is to call fork(2) again for whatever needs that.
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

fn check(result: libc::c_long) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Replaces the root by an empty directory, in a mount namespace of this process's own. What is open stays so.
///
/// # Errors
/// What mount(2), pivot_root(2) and umount(2) say.
pub fn empty() -> io::Result<()> {
    let place = PLACES.into_iter().find(|place| Path::new(place).is_dir()).ok_or(io::ErrorKind::NotFound)?;
    let place = std::ffi::CString::new(place)?;
    let flags = libc::MS_RDONLY | libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    let dot = c".".as_ptr();
    // SAFETY: all strings end in a NUL.
    unsafe {
        let (kind, options) = (c"tmpfs".as_ptr(), c"mode=555".as_ptr().cast());
        check(libc::mount(kind, place.as_ptr(), kind, flags, options).into())?;
        check(libc::chdir(place.as_ptr()).into())?;
        // The new root is stacked on the old one, which is then where `.` leads, and goes.
        check(libc::syscall(libc::SYS_pivot_root, dot, dot))?;
        check(libc::umount2(dot, libc::MNT_DETACH).into())?;
        check(libc::chdir(c"/".as_ptr()).into())
    }
}
