//! Values that are made when they are first used.

use core::cell::Cell;
use core::fmt;
use core::ops::Deref;

use super::OnceLock;

/// A value that is made when it is first used.
///
/// ```
/// use cloudabi::sync::LazyLock;
///
/// static SQUARES: LazyLock<Vec<u32>> = LazyLock::new(|| (0..4).map(|number| number * number).collect());
///
/// assert_eq!(*SQUARES, [0, 1, 4, 9]);
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    make: Cell<Option<F>>,
}

// SAFETY: the function is taken out once, by the thread that makes the value.
unsafe impl<T: Send + Sync, F: Send> Sync for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// A value that this function makes.
    ///
    /// ```
    /// # use cloudabi::sync::LazyLock;
    /// static NAME: LazyLock<String> = LazyLock::new(|| "made once".to_string());
    ///
    /// assert_eq!(NAME.len(), 9);
    /// ```
    pub const fn new(make: F) -> Self {
        LazyLock { value: OnceLock::new(), make: Cell::new(Some(make)) }
    }

    /// The value, which is made now if it is not there.
    ///
    /// ```
    /// # use cloudabi::sync::LazyLock;
    /// let value = LazyLock::new(|| 6 * 7);
    /// assert_eq!(LazyLock::force(&value), &42);
    /// ```
    ///
    /// # Panics
    ///
    /// If making it comes back here.
    pub fn force(this: &Self) -> &T {
        this.value.get_or_init(|| match this.make.take() {
            Some(make) => make(),
            None => unreachable!("the value is made once"),
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LazyLock").field(&self.value.get()).finish()
    }
}
