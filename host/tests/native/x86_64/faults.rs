//! A fault handler as a host has one: it knows instructions that may fault, and where to go on.

use cloudabi_host::vdso;
use std::ffi::c_void;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// Begin and end of the instructions, and the landing. One test at a time uses it.
static RANGE: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// Handles faults of the image at this address from now on.
pub fn handle(image: u64) {
    let [fix_up] = vdso::fix_ups().expect("there are stubs");
    let places = [fix_up.instructions.start, fix_up.instructions.end, fix_up.landing];
    for (cell, place) in RANGE.iter().zip(places) {
        cell.store(image + place, Ordering::SeqCst);
    }
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: a structure of zeros is a good start, and the handler does what a handler may.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            assert_eq!(libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut()), 0);
        }
    });
}

/// Runs with the program's thread word, so that it must use nothing that belongs to a thread.
extern "C" fn handler(signal: i32, _: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives the context of the thread that the signal stopped.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let at = &mut context.uc_mcontext.gregs[libc::REG_RIP as usize];
    let [begin, end, landing] = RANGE.each_ref().map(|cell| cell.load(Ordering::SeqCst));
    if (begin..end).contains(&(*at as u64)) {
        *at = landing as i64;
    } else {
        // SAFETY: the fault comes again, and ends the process.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}
