//! The first thread of a process, which stays when the program's thread on it has ended: the kernel knows the process by it.
//!
//! It sleeps then. But it is older than the domains that later programs are put into, and a hostile program could make it
//! run again by writing to its stack. So whoever replaces the program from another thread has this one enter the domain as
//! well.

use std::io;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

/// The kernel's descriptor of the rules that the sleeping thread is to put into force; [`NONE`] for none.
static ORDER: AtomicI32 = AtomicI32::new(NONE);

/// What became of it: [`OPEN`], or 1 more than the error's number.
static ANSWER: AtomicU32 = AtomicU32::new(OPEN);

const NONE: i32 = -1;
const OPEN: u32 = 0;

/// Sleeps for good, but for orders.
pub fn sleep() -> ! {
    loop {
        let rules = ORDER.load(Ordering::Acquire);
        if rules == NONE {
            wait(ORDER.as_ptr().cast(), NONE.cast_unsigned());
            continue;
        }
        let number = super::landlock::enforce(rules)
            .err()
            .map_or(0, |error| error.raw_os_error().unwrap_or(libc::EIO));
        ORDER.store(NONE, Ordering::Relaxed);
        ANSWER.store(number.cast_unsigned() + 1, Ordering::Release);
        wake(ANSWER.as_ptr());
    }
}

/// Has the first thread put rules into force, which sleeps or is about to. If the calling one is the first, there is
/// nothing to do.
///
/// # Errors
/// What landlock_restrict_self(2) says there.
pub fn enforce(rules: i32) -> io::Result<()> {
    if rustix::thread::gettid() == rustix::process::getpid() {
        return Ok(());
    }
    ANSWER.store(OPEN, Ordering::Relaxed);
    ORDER.store(rules, Ordering::Release);
    wake(ORDER.as_ptr().cast());
    loop {
        match ANSWER.load(Ordering::Acquire) {
            OPEN => wait(ANSWER.as_ptr(), OPEN),
            1 => return Ok(()),
            answer => return Err(io::Error::from_raw_os_error((answer - 1).cast_signed())),
        }
    }
}

fn wait(word: *mut u32, value: u32) {
    let forever = std::ptr::null::<libc::timespec>();
    // SAFETY: the word is a static variable. Whatever the answer, the caller looks again.
    unsafe {
        libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG, value, forever)
    };
}

fn wake(word: *mut u32) {
    // SAFETY: the word is a static variable.
    unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1) };
}
