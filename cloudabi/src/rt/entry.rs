//! From the entry point to the program's own function.

use cloudabi_sys::Auxv;

use crate::process::{self, ExitCode};
use crate::{start, thread};

unsafe extern "Rust" {
    /// The program's own function, as `#[cloudabi::main]` defines it.
    safe fn __cloudabi_program() -> ExitCode;
}

/// Where the entry point goes once the program is relocated.
pub(super) unsafe extern "C" fn begin(auxv: *const Auxv) -> ! {
    // SAFETY: the host passes a vector that tells the truth and stays.
    let (linked, once) = unsafe { (cloudabi_sys::init(auxv), start::set(auxv)) };
    if linked.is_err() {
        stop();
    }
    // SAFETY: this is the first thread, and it has done nothing yet.
    unsafe { thread::begin_first(once) };
    process::exit(__cloudabi_program())
}

/// Ends the program without a call.
pub(crate) fn stop() -> ! {
    loop {
        // SAFETY: the instruction raises an exception, which ends the program.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            core::arch::asm!("ud2", options(nomem, nostack));
        }
        // SAFETY: the instruction raises an exception, which ends the program.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            core::arch::asm!("udf #0", options(nomem, nostack));
        }
    }
}
