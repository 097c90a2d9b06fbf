//! `proc_raise`: signals that the process sends itself.

use cloudabi_host::types::{Errno, Signal};

use crate::generated::signal_to_host;

/// Whether a signal ends the process, rather than being ignored or stopping it.
pub fn ends(signal: Signal) -> bool {
    let ignored = [Signal::CHLD, Signal::CONT, Signal::PIPE, Signal::URG];
    let stops = [Signal::STOP, Signal::TSTP, Signal::TTIN, Signal::TTOU];
    !ignored.contains(&signal) && !stops.contains(&signal)
}

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
    let default = libc::SIG_DFL;
    // SAFETY: an all-zero `sigaction` is one without flags and with an empty mask, and the default needs no handler. The
    // functions touch nothing but what they are given.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = default;
        // SIGKILL and SIGSTOP cannot be changed, and have no need of it.
        libc::sigaction(number, &raw const action, std::ptr::null_mut());
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, number);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        // To this thread, so that it has arrived when the call returns, whatever other threads there are.
        libc::raise(number);
    }
    Ok(())
}

/// Prepares a process for its program: no signal is blocked, and writing to what nobody reads, or beyond the largest size
/// that a file may have, is an error and no more. Children are not waited for: the kernel lets go of them when they end.
pub fn ready() {
    // SAFETY: the functions touch nothing but what they are given; ignoring a signal needs no handler.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut());
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
    }
}
