//! Signals that the parent gets and that are meant for the program.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, pidfd_send_signal};

/// Signals that people and service managers send to a program: signal(7).
const PASSED_ON: [i32; 6] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];

/// Whom signals are passed on to; 0 for nobody.
static PROGRAM: AtomicI32 = AtomicI32::new(0);

/// Whether that process is the first one of a namespace, which the kernel keeps from ending by signals.
static FIRST: AtomicBool = AtomicBool::new(false);

/// The last signal that was passed on.
static LAST: AtomicI32 = AtomicI32::new(0);

/// From here on sends the signals that this process gets to another one as well, instead of ending by them. Signals that
/// were ignored stay so, as nohup(1) wants it.
///
/// Programs of this ABI have no handlers, so each of these signals ends the process. To the first process of a namespace
/// the kernel delivers only `SIGKILL`, which so takes the place of all: [`passed_on`] says which one was meant.
pub fn pass_on_to(program: Pid, first: bool) {
    FIRST.store(first, Ordering::Relaxed);
    PROGRAM.store(program.as_raw_nonzero().get(), Ordering::Relaxed);
    handle();
}

/// The signal, as Linux numbers it, that a process which ended by `SIGKILL` was meant to end by.
pub fn passed_on() -> Option<i32> {
    let first = FIRST.load(Ordering::Relaxed);
    first.then(|| LAST.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
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

/// Stops a process and then this one, as a shell expects of a command that is stopped. When this one goes on, so does the
/// other.
///
/// # Errors
/// What pidfd_send_signal(2) says.
pub fn stop_with(program: impl AsFd) -> Result<(), Errno> {
    pidfd_send_signal(&program, Signal::STOP)?;
    // SAFETY: it touches no memory.
    unsafe { libc::raise(libc::SIGSTOP) };
    pidfd_send_signal(program, Signal::CONT)
}

/// Ends what [`pass_on_to`] began: the process is gone and its number may belong to another one.
pub fn pass_on_no_more() {
    PROGRAM.store(0, Ordering::Relaxed);
}

extern "C" fn pass_on(signal: libc::c_int) {
    let program = PROGRAM.load(Ordering::Relaxed);
    if program > 0 {
        LAST.store(signal, Ordering::Relaxed);
        let sent = if FIRST.load(Ordering::Relaxed) { libc::SIGKILL } else { signal };
        // SAFETY: kill(2) touches no memory but `errno`, which is restored. A failure cannot be told to anybody here.
        unsafe {
            let place = libc::__errno_location();
            let before = *place;
            libc::kill(program, sent);
            *place = before;
        }
    }
}
