//! Values that are set once.

use core::cell::UnsafeCell;
use core::fmt;
use core::mem::MaybeUninit;

use super::Once;

/// A value that is set once and then stays.
///
/// ```
/// use cloudabi::sync::OnceLock;
///
/// static NAME: OnceLock<String> = OnceLock::new();
///
/// assert_eq!(NAME.get(), None);
/// assert_eq!(NAME.get_or_init(|| "first".to_string()), "first");
/// assert_eq!(NAME.set("second".to_string()), Err("second".to_string()));
/// ```
pub struct OnceLock<T> {
    once: Once,
    /// Is there once it is done.
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a thread may set the value and another one drop it; all share it.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
// SAFETY: whoever has it has the value.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// Without a value.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// static NAME: OnceLock<String> = OnceLock::new();
    ///
    /// assert_eq!(NAME.get_or_init(|| "first".to_string()), "first");
    /// ```
    pub const fn new() -> Self {
        OnceLock { once: Once::new(), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// The value, if it is set.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// let value = OnceLock::new();
    /// assert_eq!(value.get(), None);
    /// assert_eq!((value.set(1), value.get()), (Ok(()), Some(&1)));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // SAFETY: it is there, and nobody changes it any more.
        self.once.is_completed().then(|| unsafe { (*self.value.get()).assume_init_ref() })
    }

    /// The value, if it is set.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// let mut value = OnceLock::new();
    /// assert_eq!(value.set(1), Ok(()));
    /// if let Some(value) = value.get_mut() {
    ///     *value += 1;
    /// }
    /// assert_eq!(value.get(), Some(&2));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: it is there.
        self.once.is_completed().then(|| unsafe { self.value.get_mut().assume_init_mut() })
    }

    /// Sets the value.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// let value = OnceLock::new();
    /// assert_eq!(value.set(1), Ok(()));
    /// assert_eq!(value.set(2), Err(2));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives it back if there is one already.
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init_with(&mut || value.take());
        match value {
            Some(value) => Err(value),
            None => Ok(()),
        }
    }

    /// The value, which is made now if it is not set.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// let value = OnceLock::new();
    /// assert_eq!(value.get_or_init(|| 1), &1);
    /// assert_eq!(value.get_or_init(|| 2), &1);
    /// ```
    ///
    /// # Panics
    ///
    /// If making it comes back here.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let mut make = Some(make);
        self.get_or_init_with(&mut || make.take().map(|make| make()));
        match self.get() {
            Some(value) => value,
            None => unreachable!("it was set above"),
        }
    }

    fn get_or_init_with(&self, make: &mut dyn FnMut() -> Option<T>) {
        self.once.call_once(|| {
            if let Some(value) = make() {
                // SAFETY: this happens once, and nobody looks at it before it is done.
                unsafe { (*self.value.get()).write(value) };
            }
        });
    }

    /// Takes the value out.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// let value = OnceLock::new();
    /// assert_eq!(value.set(1), Ok(()));
    /// assert_eq!(value.into_inner(), Some(1));
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// Takes the value out, and makes room for another one.
    ///
    /// ```
    /// # use cloudabi::sync::OnceLock;
    /// let mut value = OnceLock::new();
    /// assert_eq!(value.set(1), Ok(()));
    /// assert_eq!((value.take(), value.get()), (Some(1), None));
    /// ```
    pub fn take(&mut self) -> Option<T> {
        let once = core::mem::take(&mut self.once);
        // SAFETY: it is there, and is forgotten.
        once.is_completed().then(|| unsafe { self.value.get_mut().assume_init_read() })
    }
}

impl<T> Drop for OnceLock<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        OnceLock::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnceLock").field(&self.get()).finish()
    }
}
