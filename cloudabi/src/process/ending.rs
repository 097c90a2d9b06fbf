//! The ends of a process.

use super::ExitCode;

/// Ends the process with this code. Nothing is dropped, and all threads end.
///
/// ```no_run
/// use cloudabi::process::{ExitCode, exit};
///
/// exit(ExitCode::from(3));
/// ```
pub fn exit(code: ExitCode) -> ! {
    #[cfg(any(cloudabi, target_os = "cloudabi"))]
    // SAFETY: the table of calls was filled before anything of the program's own ran.
    unsafe {
        cloudabi_sys::proc_exit(code.to_u32())
    }
    #[cfg(not(any(cloudabi, target_os = "cloudabi")))]
    std::process::exit(code.to_u32() as i32)
}

/// Ends the process as having given itself up: whoever holds it is told the signal
/// [`ABRT`](cloudabi_sys::Signal::ABRT). This is how panics end.
///
/// ```no_run
/// cloudabi::process::abort();
/// ```
pub fn abort() -> ! {
    #[cfg(any(cloudabi, target_os = "cloudabi"))]
    {
        // SAFETY: the table of calls was filled before anything of the program's own ran.
        let _ = unsafe { cloudabi_sys::proc_raise(cloudabi_sys::Signal::ABRT) };
        crate::rt::stop()
    }
    #[cfg(not(any(cloudabi, target_os = "cloudabi")))]
    std::process::abort()
}
