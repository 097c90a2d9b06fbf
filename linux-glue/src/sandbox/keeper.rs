//! The first process of a namespace of processes. It waits for the program and tells the parent how that ended; when it ends,
//! the kernel ends whatever else is in the namespace.
//!
//! Programs are not the first process themselves, since that one does not die of signals that it sends itself. The program
//! cannot get at the keeper: signals from inside do nothing to it, and it has no descriptors.

use std::io;

use crate::launch::Ended;

/// Waits for a child and tells how it ended. Whatever else becomes a child of this process is waited for, too.
pub fn keep(child: libc::pid_t, ended: &Ended) -> ! {
    // SAFETY: this process uses no descriptor from here on.
    unsafe { libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0) };
    loop {
        let mut status = 0;
        // SAFETY: the kernel writes to a local variable.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, 0) };
        if pid == child {
            ended.tell(status);
            break;
        }
        if pid == -1 && io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            break;
        }
    }
    // SAFETY: this is a copy of the starter's process, whose clean-up is not for here.
    unsafe { libc::_exit(0) }
}
