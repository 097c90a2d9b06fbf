//! Signals that the parent gets and that are meant for the program.

use std::os::fd::{IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::Pid;

/// Signals that people and service managers send to a program: signal(7).
const PASSED_ON: [i32; 6] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];

/// Whom signals are passed on to; 0 for nobody.
static PROGRAM: AtomicI32 = AtomicI32::new(0);

/// The descriptor of whom signals are passed on to, where it is no child of this process; -1 for nobody.
static DESCRIPTOR: AtomicI32 = AtomicI32::new(-1);

/// From here on sends the signals that this process gets to another one as well, instead of ending by them. Signals that
/// were ignored stay so, as nohup(1) wants it.
pub fn pass_on_to(program: Pid) {
    PROGRAM.store(program.as_raw_nonzero().get(), Ordering::Relaxed);
    handle();
}

/// The same for a process that is no child of this one: its number may belong to another one at any time.
pub fn pass_on_to_pidfd(program: OwnedFd) {
    DESCRIPTOR.store(program.into_raw_fd(), Ordering::Relaxed);
    handle();
}

fn handle() {
    for signal in PASSED_ON {
        // SAFETY: all-zero is a valid `sigaction`, `pass_on` is a handler for it and calls only what
        // signal-safety(7) allows.
        unsafe {
            let mut before: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut before);
            if before.sa_sigaction != libc::SIG_IGN {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = pass_on as *const () as usize;
                action.sa_flags = libc::SA_RESTART;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    }
}

/// Ends what [`pass_on_to`] began: the process is gone and its number may belong to another one.
pub fn pass_on_no_more() {
    PROGRAM.store(0, Ordering::Relaxed);
    DESCRIPTOR.store(-1, Ordering::Relaxed);
}

extern "C" fn pass_on(signal: libc::c_int) {
    let program = PROGRAM.load(Ordering::Relaxed);
    if program > 0 {
        // SAFETY: kill(2) touches no memory. A failure cannot be told to anybody here.
        unsafe { libc::kill(program, signal) };
    }
    let descriptor = DESCRIPTOR.load(Ordering::Relaxed);
    if descriptor >= 0 {
        let nothing = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: the call takes numbers only. The C library may write to `errno`, which is restored.
        unsafe {
            let place = libc::__errno_location();
            let before = *place;
            libc::syscall(libc::SYS_pidfd_send_signal, descriptor, signal, nothing, 0);
            *place = before;
        }
    }
}
