//! `proc_raise`: signals that the process sends itself.

use cloudabi_host::types::{Errno, Signal};

use crate::generated::signal_to_host;

/// Whether a signal ends the process, rather than being ignored or stopping it.
pub fn ends(signal: Signal) -> bool {
    let ignored = [Signal::CHLD, Signal::CONT, Signal::PIPE, Signal::URG];
    !ignored.contains(&signal) && !stops(signal)
}

/// Whether a signal stops the process.
pub fn stops(signal: Signal) -> bool {
    [Signal::STOP, Signal::TSTP, Signal::TTIN, Signal::TTOU].contains(&signal)
}

/// Asks for this process to be stopped, and if whoever is asked agrees, sleeps until the process goes on. Gives what was
/// answered.
pub fn until_continued(ask: impl FnOnce() -> bool) -> bool {
    extern "C" fn wake(_: libc::c_int) {}
    // SAFETY: all-zero is a valid `sigaction` and a valid set of signals. The handler does nothing. The functions touch
    // nothing but local variables.
    unsafe {
        let mut handled: libc::sigaction = std::mem::zeroed();
        handled.sa_sigaction = wake as *const () as usize;
        handled.sa_flags = libc::SA_ONSTACK;
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGCONT, &raw const handled, &raw mut before);
        // The signal must not come before this thread waits for it.
        let mut set: libc::sigset_t = std::mem::zeroed();
        let mut free: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGCONT);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut free);
        libc::sigdelset(&raw mut free, libc::SIGCONT);
        let agreed = ask();
        if agreed {
            // Whatever else interrupts it, too: the caller looks.
            libc::ppoll(std::ptr::null_mut(), 0, std::ptr::null(), &raw const free);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const free, std::ptr::null_mut());
        libc::sigaction(libc::SIGCONT, &raw const before, std::ptr::null_mut());
        agreed
    }
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
