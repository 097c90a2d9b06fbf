//! From the entry point to the program's own function, and the ends.

use cloudabi_sys::{Auxv, Exitcode, Signal};

use crate::Start;

unsafe extern "Rust" {
    /// The program's own function, as [`main!`](crate::main) defines it.
    safe fn guest_main(start: Start) -> Exitcode;
}

/// Where the entry point goes once the program is relocated.
pub(crate) unsafe extern "C" fn begin(auxv: *const Auxv) -> ! {
    // SAFETY: the host passes the auxiliary vector.
    let start = unsafe { Start::new(auxv) };
    // SAFETY: as above.
    match unsafe { cloudabi_sys::init(auxv) } {
        Ok(()) => exit(guest_main(start)),
        Err(_) => stop(),
    }
}

/// Ends the program with this code.
pub fn exit(code: Exitcode) -> ! {
    // SAFETY: the table of calls was filled before the program's own function ran.
    unsafe { cloudabi_sys::proc_exit(code) }
}

/// Ends the program as a mistake of its own.
pub(crate) fn abort() -> ! {
    // SAFETY: as above.
    let _ = unsafe { cloudabi_sys::proc_raise(Signal::ABRT) };
    stop()
}

/// Ends the program without a call.
fn stop() -> ! {
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

/// Makes a function or closure from [`Start`] to an exit code the program's own function.
#[macro_export]
macro_rules! main {
    ($main:expr) => {
        #[unsafe(no_mangle)]
        extern "Rust" fn guest_main(start: $crate::Start) -> u32 {
            let main: fn($crate::Start) -> u32 = $main;
            main(start)
        }
    };
}

// The standard libraries that come with the compiler were built for unwinding, and refer to these. Nothing here
// unwinds.

#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    stop()
}

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    stop()
}
