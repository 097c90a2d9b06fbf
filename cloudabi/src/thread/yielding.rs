//! Letting others run.

/// Lets other threads run first. A hint: nothing can be concluded from its return.
///
/// ```no_run
/// use core::sync::atomic::{AtomicBool, Ordering};
///
/// fn wait(flag: &AtomicBool) {
///     while !flag.load(Ordering::Acquire) {
///         cloudabi::thread::yield_now();
///     }
/// }
/// ```
pub fn yield_now() {
    // SAFETY: the call has no arguments and changes nothing of the program's.
    let _ = unsafe { cloudabi_sys::thread_yield() };
    #[cfg(not(any(cloudabi, target_os = "cloudabi")))]
    std::thread::yield_now();
}
