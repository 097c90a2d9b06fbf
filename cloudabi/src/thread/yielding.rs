//! Letting others run.

use core::num::NonZero;

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

/// How many processors the host has.
///
/// ```
/// let threads = cloudabi::thread::available_parallelism().get();
/// # assert_ne!(threads, 0);
/// ```
pub fn available_parallelism() -> NonZero<usize> {
    NonZero::new(crate::start::processors()).unwrap_or(NonZero::<usize>::MIN)
}
