//! Ends a process that takes a shortcut which is switched off, by a filter of system calls: a run that ends well has not taken it.

use std::io;

use super::Shortcut;

/// Where the number of the call stands, and its second argument's lower half: `struct seccomp_data` of linux/seccomp.h.
const NUMBER: u32 = 0;
const SECOND_ARGUMENT: u32 = 24;

// Instructions of linux/bpf_common.h.
const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const JUMP_IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

fn instruction(code: u16, k: u32) -> libc::sock_filter {
    libc::sock_filter { code, jt: 0, jf: 0, k }
}

/// Goes on with the next instructions if what was loaded is this, and jumps over so many otherwise.
fn unless_equal(k: u32, skipped: usize) -> libc::sock_filter {
    libc::sock_filter { jf: skipped as u8, ..instruction(JUMP_IF_EQUAL, k) }
}

/// Ends the process at this call.
fn call(number: libc::c_long) -> Vec<libc::sock_filter> {
    vec![unless_equal(number as u32, 1), instruction(RETURN, libc::SECCOMP_RET_KILL_PROCESS)]
}

/// Ends the process at this operation of futex(2). The number of the call has been loaded, and is loaded afterwards.
fn futex_operation(operation: i32) -> Vec<libc::sock_filter> {
    let flags = libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME;
    vec![
        unless_equal(libc::SYS_futex as u32, 5),
        instruction(LOAD, SECOND_ARGUMENT),
        instruction(AND, !flags.cast_unsigned()),
        unless_equal(operation.cast_unsigned(), 1),
        instruction(RETURN, libc::SECCOMP_RET_KILL_PROCESS),
        instruction(LOAD, NUMBER),
    ]
}

/// From here on this process ends if it takes a shortcut that is switched off. It cannot gain privileges any more.
///
/// # Errors
/// What prctl(2) says.
pub(crate) fn forbid() -> io::Result<()> {
    let mut filter = vec![instruction(LOAD, NUMBER)];
    for shortcut in Shortcut::ALL.into_iter().filter(|shortcut| !shortcut.is_taken()) {
        filter.extend(match shortcut {
            Shortcut::Openat2 => call(libc::SYS_openat2),
            Shortcut::Pidfd => [call(libc::SYS_pidfd_open), call(libc::SYS_pidfd_send_signal)].concat(),
            Shortcut::FutexBitsets => futex_operation(libc::FUTEX_WAKE_BITSET),
            Shortcut::FutexCounts => futex_operation(libc::FUTEX_CMP_REQUEUE),
        });
    }
    filter.push(instruction(RETURN, libc::SECCOMP_RET_ALLOW));
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the program and its instructions are there, and the kernel copies them.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which signal ends a process that does without a shortcut and makes a call.
    fn signal_of(shortcut: Shortcut, call: impl FnOnce()) -> Option<i32> {
        // SAFETY: the child makes system calls alone, needs no lock, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            shortcut.switch_off();
            // SAFETY: the calls take numbers.
            unsafe {
                libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                let status = forbid().is_err();
                call();
                libc::_exit(status.into());
            }
        }
        let mut status = 0;
        // SAFETY: it is a child of this process.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFSIGNALED(status) || libc::WEXITSTATUS(status) == 0, "there is no filter");
        libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status))
    }

    fn make(number: libc::c_long, second: i32) {
        // SAFETY: none of the calls that are made here gets memory that is there.
        unsafe { libc::syscall(number, 0, second, 0, 0, 0, 0) };
    }

    #[test]
    fn shortcuts_that_are_switched_off_are_noticed() {
        let wake = libc::FUTEX_WAKE_BITSET | libc::FUTEX_PRIVATE_FLAG;
        for (shortcut, number, second) in [
            (Shortcut::Openat2, libc::SYS_openat2, 0),
            (Shortcut::Pidfd, libc::SYS_pidfd_open, 0),
            (Shortcut::Pidfd, libc::SYS_pidfd_send_signal, 0),
            (Shortcut::FutexBitsets, libc::SYS_futex, wake),
            (Shortcut::FutexCounts, libc::SYS_futex, libc::FUTEX_CMP_REQUEUE),
        ] {
            assert_eq!(signal_of(shortcut, || make(number, second)), Some(libc::SIGSYS), "{shortcut:?}");
            let others = Shortcut::ALL.into_iter().filter(|other| *other != shortcut);
            for other in others {
                assert_eq!(signal_of(other, || make(number, second)), None, "{shortcut:?} without {other:?}");
            }
        }
        assert_eq!(signal_of(Shortcut::FutexBitsets, || make(libc::SYS_futex, libc::FUTEX_WAKE)), None);
    }
}
