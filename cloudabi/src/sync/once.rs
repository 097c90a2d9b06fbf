//! Things that are done once.

use core::sync::atomic::{AtomicBool, Ordering};

use super::raw::RawLock;

/// Something that is done once, whoever comes first.
///
/// ```
/// use cloudabi::sync::Once;
///
/// static START: Once = Once::new();
///
/// let mut times = 0;
/// START.call_once(|| times += 1);
/// START.call_once(|| times += 1);
/// assert!(START.is_completed() && times == 1);
/// ```
#[derive(Debug)]
pub struct Once {
    done: AtomicBool,
    lock: RawLock,
}

impl Once {
    /// Nothing is done yet.
    ///
    /// ```
    /// # use cloudabi::sync::Once;
    /// static START: Once = Once::new();
    ///
    /// START.call_once(|| { /* Whatever has to be done once. */ });
    /// ```
    pub const fn new() -> Self {
        Once { done: AtomicBool::new(false), lock: RawLock::new() }
    }

    /// Whether it has been done. What was done is seen then.
    ///
    /// ```
    /// # use cloudabi::sync::Once;
    /// let once = Once::new();
    /// assert!(!once.is_completed());
    /// once.call_once(|| {});
    /// assert!(once.is_completed());
    /// ```
    #[inline]
    pub fn is_completed(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// Does it, or waits until another thread has done it.
    ///
    /// ```
    /// # use cloudabi::sync::Once;
    /// let once = Once::new();
    /// let mut times = 0;
    /// once.call_once(|| times += 1);
    /// once.call_once(|| times += 1);
    /// assert_eq!(times, 1);
    /// ```
    ///
    /// # Panics
    ///
    /// If `action` comes back here: it would wait for itself.
    #[inline]
    pub fn call_once(&self, action: impl FnOnce()) {
        if !self.is_completed() {
            self.call(action);
        }
    }

    #[cold]
    fn call(&self, action: impl FnOnce()) {
        /// Releases the lock, also where a panic unwinds, as it does on other systems.
        struct Release<'a>(&'a RawLock);

        impl Drop for Release<'_> {
            fn drop(&mut self) {
                // SAFETY: it was taken when this was made.
                unsafe { self.0.release_write() };
            }
        }

        self.lock.write();
        let _release = Release(&self.lock);
        if !self.done.load(Ordering::Relaxed) {
            action();
            self.done.store(true, Ordering::Release);
        }
    }
}

impl Default for Once {
    fn default() -> Self {
        Once::new()
    }
}
