//! Which system calls the process may make: seccomp(2).
//!
//! | file | what is in it |
//! | --- | --- |
//! | `policy.rs` | which calls, and with which arguments |
//! | `names.rs` | calls that end the process |
//! | `tree.rs` | calls told apart by their numbers |
//! | `assemble.rs` | filters as the kernel takes them |
//! | `watch.rs` | the parent's side: ends whoever makes such a call, and says which one it was |

mod assemble;
mod names;
mod policy;
mod tree;
mod watch;

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

use assemble::Instruction;
pub use names::killed;
pub use policy::Policy;
pub use watch::{Refused, Watch};

const SECCOMP_SET_MODE_FILTER: libc::c_ulong = 1;
const SECCOMP_GET_ACTION_AVAIL: libc::c_ulong = 2;
const SECCOMP_FILTER_FLAG_NEW_LISTENER: libc::c_ulong = 1 << 3;

/// Installs the filter in this process, which must have one thread. Gives the listener, if the policy wants one and
/// there can be one: nobody else listens to a filter around this one.
///
/// # Errors
/// What seccomp(2) says.
pub fn install(executable_memory: bool) -> io::Result<Option<OwnedFd>> {
    let policy = Policy { executable_memory, listener: true };
    match set(policy::filter(policy), SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        Ok(fd) => {
            let fd = i32::try_from(fd).map_err(|_| io::ErrorKind::InvalidData)?;
            // SAFETY: the kernel has made it for us.
            return Ok(Some(unsafe { OwnedFd::from_raw_fd(fd) }));
        }
        // Somebody around this sandbox listens already, or the kernel is older than Linux 5.0.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EBUSY | libc::EINVAL)) => {}
        Err(error) => return Err(error),
    }
    set(policy::filter(Policy { listener: false, ..policy }), 0).map(|_| None)
}

fn set(filter: &[Instruction], flags: libc::c_ulong) -> io::Result<libc::c_long> {
    /// `struct sock_fprog` of linux/filter.h.
    #[repr(C)]
    struct Program {
        length: u16,
        instructions: *const Instruction,
    }
    let length = u16::try_from(filter.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = Program { length, instructions: filter.as_ptr() };
    // SAFETY: the program and its instructions are there, and the kernel copies them.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Whether the kernel has filters, and can end a whole process by one.
pub fn is_available() -> bool {
    let action = assemble::Action::Kill.number();
    // SAFETY: the kernel reads one word.
    unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) == 0 }
}
