//! `proc_raise`: signals that the process sends itself.

use core::ptr;

use cloudabi_host::types::{Errno, Signal};

use crate::generated::signal_to_host;
use crate::headers::SYS_SIGACTION;

/// Sends a signal to the process. Returns if the signal is one that is ignored, or that stops the process and it goes on.
///
/// # Errors
/// [`Errno::INVAL`] if there is no such signal.
pub fn raise(signal: Signal) -> Result<(), Errno> {
    let number = signal_to_host(signal).map_err(|_| Errno::INVAL)?;
    // The ABI ignores these, and so does this process: `ready`.
    if matches!(signal, Signal::PIPE | Signal::CHLD) {
        return Ok(());
    }
    // SAFETY: an all-zero `sigaction` is one for the default action. The functions touch nothing but what they are given.
    unsafe {
        let action: libc::sigaction = std::mem::zeroed();
        // SIGKILL and SIGSTOP cannot be changed, and have no need of it.
        libc::syscall(SYS_SIGACTION, number, &raw const action, ptr::null_mut::<libc::sigaction>());
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, number);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
        // To this thread, so that it has arrived when the call returns, whatever other threads there are.
        let mut thread = 0;
        libc::thr_self(&raw mut thread);
        libc::thr_kill(thread, number);
    }
    Ok(())
}

/// Prepares a process for its program: no signal is blocked, and writing to what nobody reads, or beyond the largest size
/// that a file may have, is an error and no more.
pub fn ready() {
    // SAFETY: the functions touch nothing but what they are given; ignoring a signal needs no handler.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut());
        for signal in [libc::SIGPIPE, libc::SIGXFSZ, libc::SIGCHLD] {
            libc::signal(signal, libc::SIG_IGN);
        }
    }
}
