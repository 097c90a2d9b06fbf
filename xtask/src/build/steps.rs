//! Follows a program step by step, ptrace(2), to see which of its code runs.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What a traced process stops for, of wait(2)'s status, where it is not a step or the beginning of a new process.
const STEP: libc::c_int = libc::SIGTRAP;

/// Runs a program and all processes that it starts, and gives the addresses of all instructions in this range that they
/// execute. `None` if the program ends with another code than 0.
///
/// This process must have no other children: their ends would be taken for those of the program's processes.
///
/// # Errors
/// If the program cannot be started or followed.
pub fn follow(command: &mut Command, code: &Range<u64>) -> io::Result<Option<BTreeSet<u64>>> {
    // SAFETY: the call asks to be traced, and touches no memory.
    unsafe { command.pre_exec(|| ptrace(libc::PTRACE_TRACEME, 0, 0)) };
    let first = i32::try_from(command.spawn()?.id()).map_err(|_| io::ErrorKind::InvalidData)?;
    wait_for(first)?;
    let follow = libc::PTRACE_O_TRACEFORK | libc::PTRACE_O_TRACECLONE | libc::PTRACE_O_EXITKILL;
    ptrace(libc::PTRACE_SETOPTIONS, first, follow)?;
    ptrace(libc::PTRACE_SINGLESTEP, first, 0)?;

    let mut executed = BTreeSet::new();
    let mut succeeded = false;
    loop {
        let (process, status) = match wait_for(-1) {
            Ok(news) => news,
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => break,
            Err(error) => return Err(error),
        };
        if !libc::WIFSTOPPED(status) {
            succeeded |= process == first && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0;
            continue;
        }
        // A process that is killed is gone between two calls.
        let _ = instruction(process).map(|address| code.contains(&address) && executed.insert(address));
        let signal = match libc::WSTOPSIG(status) {
            STEP | libc::SIGSTOP => 0,
            signal => signal,
        };
        let _ = ptrace(libc::PTRACE_SINGLESTEP, process, signal);
    }
    Ok(succeeded.then_some(executed))
}

/// Waits for news of a process, or of any that this thread has started if it is -1: other threads wait for theirs.
fn wait_for(process: libc::pid_t) -> io::Result<(libc::pid_t, libc::c_int)> {
    let mut status = 0;
    // SAFETY: the kernel writes one number, to a variable.
    match unsafe { libc::waitpid(process, &raw mut status, libc::__WALL | libc::__WNOTHREAD) } {
        -1 => Err(io::Error::last_os_error()),
        process => Ok((process, status)),
    }
}

/// One of the requests that take a number.
fn ptrace(request: libc::c_uint, process: libc::pid_t, number: libc::c_int) -> io::Result<()> {
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: the requests that are made here take a number where others take a pointer.
    let result = unsafe { libc::ptrace(request, process, none, libc::c_long::from(number)) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Where a stopped process is.
fn instruction(process: libc::pid_t) -> io::Result<u64> {
    let none = std::ptr::null_mut::<libc::c_void>();
    let mut registers = std::mem::MaybeUninit::<libc::user_regs_struct>::zeroed();
    // SAFETY: the kernel writes a structure of this type.
    let result = unsafe { libc::ptrace(libc::PTRACE_GETREGS, process, none, registers.as_mut_ptr()) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros would have been a value, too.
    Ok(unsafe { registers.assume_init() }.rip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instruction_is_followed_and_a_failure_told() {
        // Whatever a shell executes, some of it is in its upper half of the address space.
        let all = 0..u64::MAX;
        let shell = |script: &str| follow(Command::new("/bin/sh").args(["-c", script]), &all);
        let executed = shell("(exit 0)").expect("it can be followed").expect("it ends well");
        assert!(executed.len() > 1000, "{}", executed.len());
        assert_eq!(shell("exit 1").expect("it can be followed"), None);
    }
}
