//! Signals that the parent gets and that are meant for the program.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, pidfd_send_signal};

/// Signals that people and service managers send to a program: signal(7).
const PASSED_ON: [i32; 6] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];

/// Signals by which the kernel and shells stop what is at a terminal.
const STOPS: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

/// How long a process has to end by a signal that was passed on, in seconds. Only one that makes system calls by itself can
/// take longer.
const GRACE: u32 = 5;

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
/// the kernel delivers only `SIGKILL`, which so takes the place of all: [`passed_on`] says which one was meant. Another process
/// gets what this one got; if that does not end it, time or a second signal does.
///
/// When this process is stopped from its terminal, so is the other one: the kernel does not stop the first process of a
/// namespace by itself.
///
/// What this process waits for in a system call is interrupted by these signals, and once more some seconds later: it may be
/// writing to where nobody reads ([`passed_on`] says that it is time to end).
pub fn pass_on_to(program: Pid, first: bool) {
    FIRST.store(first, Ordering::Relaxed);
    PROGRAM.store(program.as_raw_nonzero().get(), Ordering::Relaxed);
    for signal in PASSED_ON {
        handle(signal, pass_on, 0);
    }
    for signal in STOPS {
        handle(signal, stop, libc::SA_RESTART);
    }
    handle(libc::SIGALRM, out_of_time, 0);
}

/// Keeps signals that stop and those that are passed on from arriving, until it is dropped: a process that was stopped between
/// making another one and [`pass_on_to`] would leave that running, and one that ended would not wait for it. Then what the
/// program reads from a terminal meanwhile is what somebody has typed for the shell. The other process starts with the same
/// signals kept, which `runtime::signals::ready` ends.
#[derive(Debug)]
pub struct Held(libc::sigset_t);

impl Held {
    /// From here on.
    pub fn new() -> Held {
        // SAFETY: all-zero is a valid set of signals, and the functions touch nothing but these.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for signal in STOPS.into_iter().chain(PASSED_ON) {
                libc::sigaddset(&raw mut set, signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
            Held(before)
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: it is the set that was there before.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
    }
}

/// The signal, as Linux numbers it, that a process which ended by `SIGKILL` was meant to end by.
pub fn passed_on() -> Option<i32> {
    Some(LAST.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
}

/// Has a signal handled unless it is ignored. The handler calls only what signal-safety(7) allows, and no other one begins
/// before it has ended: of two signals that arrive together, the one whose handler is entered last would act first.
fn handle(signal: i32, handler: extern "C" fn(libc::c_int), flags: libc::c_int) {
    // SAFETY: all-zero is a valid `sigaction`, and this is a handler for it, as the callers see to.
    unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut before);
        if before.sa_sigaction != libc::SIG_IGN {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = flags;
            libc::sigfillset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

/// Stops a process and then this one, as a shell expects of a command that is stopped. When this one goes on, so does the
/// other. What is about to end is not stopped.
///
/// # Errors
/// What pidfd_send_signal(2) says.
pub fn stop_with(program: impl AsFd) -> Result<(), Errno> {
    if LAST.load(Ordering::Relaxed) != 0 {
        return Ok(());
    }
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
    let again = LAST.swap(signal, Ordering::Relaxed) != 0;
    if again || FIRST.load(Ordering::Relaxed) {
        send(libc::SIGKILL);
    } else {
        send(signal);
        // One that is stopped ends when it goes on.
        send(libc::SIGCONT);
    }
    // SAFETY: it touches no memory.
    unsafe { libc::alarm(GRACE) };
}

extern "C" fn out_of_time(_: libc::c_int) {
    send(libc::SIGKILL);
}

/// Stops the program, and then this process. What is about to end is not stopped: such as a program that a shell has let go on
/// to end, and that reads from the terminal meanwhile.
///
/// This process stops by `SIGSTOP` if a shell is there that can let it go on. Then a further signal that stops waits until this
/// one goes on, and stops the program as well. Otherwise it stops as if nobody had handled the signal; where the kernel does not
/// stop it then, since nobody could let it go on, the program goes on at once.
extern "C" fn stop(signal: libc::c_int) {
    if LAST.load(Ordering::Relaxed) != 0 {
        return;
    }
    send(libc::SIGSTOP);
    // SAFETY: all-zero is a valid `sigaction`, the default action, and a valid set of signals. The functions touch nothing but
    // local variables and `errno`, which is restored, and a signal handler may call them.
    unsafe {
        let place = libc::__errno_location();
        let error = *place;
        if started_by_a_shell() {
            libc::raise(libc::SIGSTOP);
        } else {
            let default: libc::sigaction = std::mem::zeroed();
            let mut handled: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, &raw const default, &raw mut handled);
            let mut set: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, signal);
            libc::raise(signal);
            // Here it arrives, and this process stops.
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, &raw mut before);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
            libc::sigaction(signal, &raw const handled, std::ptr::null_mut());
        }
        *place = error;
    }
    send(libc::SIGCONT);
}

/// Whether this process's parent is of the same session and another group: then that can let this one go on, and the kernel
/// would stop this one too. A parent of the same group may have such a parent itself; nobody looks so far.
fn started_by_a_shell() -> bool {
    // SAFETY: the calls take numbers only, and a signal handler may make them.
    unsafe {
        let parent = libc::getppid();
        libc::getsid(parent) == libc::getsid(0) && libc::getpgid(parent) != libc::getpgrp()
    }
}

/// Sends the program a signal. A failure cannot be told to anybody here.
fn send(signal: libc::c_int) {
    let program = PROGRAM.load(Ordering::Relaxed);
    if program > 0 {
        // SAFETY: kill(2) touches no memory but `errno`, which is restored.
        unsafe {
            let place = libc::__errno_location();
            let before = *place;
            libc::kill(program, signal);
            *place = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What wait(2) says of a process that ignores `SIGTERM`, to whom a parent passes these signals on that it sends itself: the
    /// first ones of them, so many, before it begins to pass them on.
    fn ends(early: usize, signals: &[i32]) -> i32 {
        let (reader, writer) = rustix::pipe::pipe().expect("a pipe");
        // SAFETY: both new processes make nothing but system calls, use nothing that a lock is for, and end by themselves.
        unsafe {
            let parent = libc::fork();
            if parent == 0 {
                // Where this is run in the background, it may be ignored, and what is ignored is not passed on.
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                let program = libc::fork();
                if program == 0 {
                    libc::signal(libc::SIGTERM, libc::SIG_IGN);
                    let _ = rustix::io::write(&writer, b"x");
                    // Whoever gets no signal ends as one that this test does not expect.
                    libc::alarm(60);
                    loop {
                        libc::pause();
                    }
                }
                let _ = rustix::io::read(&reader, &mut [0_u8; 1]);
                let (early, late) = signals.split_at(early);
                let held = Held::new();
                for signal in early {
                    libc::raise(*signal);
                }
                pass_on_to(Pid::from_raw(program).unwrap_or(Pid::INIT), false);
                drop(held);
                for signal in late {
                    libc::raise(*signal);
                }
                let mut status = 0;
                libc::waitpid(program, &raw mut status, 0);
                let meant = passed_on().unwrap_or_default();
                libc::_exit(if libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL {
                    meant
                } else {
                    0
                });
            }
            let mut status = 0;
            libc::waitpid(parent, &raw mut status, 0);
            libc::WEXITSTATUS(status)
        }
    }

    #[test]
    fn what_does_not_end_is_killed_by_a_second_signal_or_by_time() {
        assert_eq!(ends(0, &[libc::SIGTERM, libc::SIGINT]), libc::SIGINT);
        assert_eq!(ends(0, &[libc::SIGTERM, libc::SIGALRM]), libc::SIGTERM);
    }

    #[test]
    fn what_comes_before_there_are_handlers_is_passed_on_later() {
        assert_eq!(ends(1, &[libc::SIGTERM, libc::SIGALRM]), libc::SIGTERM);
    }
}
