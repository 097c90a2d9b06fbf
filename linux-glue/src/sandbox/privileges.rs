//! What a process may do beyond its user: nothing, and never again.

use std::io;

/// `SECBIT_NOROOT`, `SECBIT_NO_SETUID_FIXUP`, `SECBIT_NO_CAP_AMBIENT_RAISE`, each with the bit that locks it, and the one
/// that locks `SECBIT_KEEP_CAPS`: linux/securebits.h.
const SECURE_BITS: libc::c_ulong = 0b1110_1111;

/// `_LINUX_CAPABILITY_VERSION_3` of linux/capability.h.
const VERSION: u32 = 0x2008_0522;

/// `struct __user_cap_header_struct`.
#[repr(C)]
struct Header {
    version: u32,
    process: i32,
}

/// Two of `struct __user_cap_data_struct`: effective, permitted, inheritable.
type Sets = [[u32; 3]; 2];

fn check(result: libc::c_long) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// prctl(2) with numbers.
fn control(option: libc::c_int, argument: libc::c_ulong) -> io::Result<()> {
    let zero: libc::c_ulong = 0;
    // SAFETY: the options used here take numbers only.
    check(unsafe { libc::prctl(option, argument, zero, zero, zero) }.into())
}

/// Nothing that is executed from here on gives privileges. Filters and Landlock need this.
pub fn gain_none() -> io::Result<()> {
    control(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// No other process of the user's may look into this one, and it leaves no core file.
pub fn hide() -> io::Result<()> {
    control(libc::PR_SET_DUMPABLE, 0)
}

/// Processes of the same user may look into this one.
pub fn show() -> io::Result<()> {
    control(libc::PR_SET_DUMPABLE, 1)
}

/// Drops all capabilities: effective, permitted, inheritable, ambient, and the bounding set as far as this process may.
pub fn drop_all() -> io::Result<()> {
    let mut holds_some = false;
    for capability in 0..64 {
        match control(libc::PR_CAPBSET_DROP, capability) {
            Ok(()) => holds_some = true,
            Err(error) => match error.raw_os_error() {
                // There is none of this number.
                Some(libc::EINVAL) => break,
                // An ordinary user outside of a user namespace. There is nothing to be had from the set then.
                Some(libc::EPERM) => break,
                _ => return Err(error),
            },
        }
    }
    // Kernels without ambient capabilities have none to drop.
    let _ = control(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as libc::c_ulong);
    if holds_some {
        control(libc::PR_SET_SECUREBITS, SECURE_BITS)?;
    }
    let header = Header { version: VERSION, process: 0 };
    let none: Sets = [[0; 3]; 2];
    // SAFETY: the kernel reads both.
    check(unsafe { libc::syscall(libc::SYS_capset, &raw const header, &raw const none) })
}

/// Ends this process when the thread that made it ends.
pub fn end_with_parent() -> io::Result<()> {
    control(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)
}
