//! Thread-local variables.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::record;

/// A variable of which each thread has its own. [`thread_local!`](macro@crate::thread_local) makes it.
///
/// It is made when a thread first uses it, and dropped when the thread ends; that of the thread that `main` runs in is
/// not dropped.
///
/// ```
/// use cloudabi::thread::LocalKey;
///
/// cloudabi::thread_local! {
///     static NAME: String = String::from("nobody");
/// }
///
/// fn length(key: &'static LocalKey<String>) -> usize {
///     key.with(String::len)
/// }
/// assert_eq!(length(&NAME), 6);
/// ```
pub struct LocalKey<T: 'static> {
    /// Its place in each thread's list, plus one; 0 if nobody has used it.
    place: AtomicUsize,
    make: fn() -> T,
}

/// The variable is gone: the thread is ending.
///
/// ```
/// assert!(cloudabi::thread::AccessError.to_string().contains("the thread is ending"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the thread-local variable is gone, since the thread is ending")
    }
}

impl core::error::Error for AccessError {}

/// Declares thread-local variables.
///
/// ```
/// use core::cell::Cell;
///
/// cloudabi::thread_local! {
///     /// How often this thread did something.
///     static COUNT: Cell<u32> = Cell::new(0);
/// }
///
/// COUNT.with(|count| count.set(count.get() + 1));
/// assert_eq!(COUNT.with(Cell::get), 1);
/// let other = cloudabi::thread::spawn(|| COUNT.with(Cell::get))?;
/// assert_eq!(other.join(), 0);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[macro_export]
macro_rules! thread_local {
    ($($(#[$meta:meta])* $visibility:vis static $name:ident: $ty:ty = $value:expr);* $(;)?) => {
        $(
            $(#[$meta])*
            $visibility static $name: $crate::thread::LocalKey<$ty> = {
                fn make() -> $ty {
                    $value
                }
                $crate::thread::LocalKey::new(make)
            };
        )*
    };
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(make: fn() -> T) -> Self {
        LocalKey { place: AtomicUsize::new(0), make }
    }

    /// Hands over the calling thread's variable.
    ///
    /// ```
    /// cloudabi::thread_local! {
    ///     static NAME: String = String::from("nobody");
    /// }
    ///
    /// assert_eq!(NAME.with(String::len), 6);
    /// ```
    ///
    /// # Panics
    ///
    /// If the thread is ending and the variable is gone.
    pub fn with<R>(&'static self, act: impl FnOnce(&T) -> R) -> R {
        match self.try_with(act) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// Hands over the calling thread's variable.
    ///
    /// ```
    /// cloudabi::thread_local! {
    ///     static NAME: String = String::from("nobody");
    /// }
    ///
    /// assert_eq!(NAME.try_with(String::len), Ok(6));
    /// ```
    ///
    /// # Errors
    ///
    /// If the thread is ending and the variable is gone.
    pub fn try_with<R>(&'static self, act: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let place = self.place();
        let variable = record::with(|record| match record.locals.get(place) {
            Slot::There(variable) => Ok(variable),
            Slot::Empty => Ok(record.locals.put(place, (self.make)())),
            Slot::Gone => Err(AccessError),
        })?;
        // SAFETY: the variable at this place is of this type. It stays until the thread ends, and is never moved.
        Ok(act(unsafe { &*variable.cast::<T>() }))
    }

    fn place(&self) -> usize {
        /// The next free place, plus one.
        static NEXT: AtomicUsize = AtomicUsize::new(1);

        match self.place.load(Ordering::Relaxed) {
            0 => {
                let new = NEXT.fetch_add(1, Ordering::Relaxed);
                match self.place.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
                    Ok(_) => new - 1,
                    Err(other) => other - 1,
                }
            }
            place => place - 1,
        }
    }
}

impl<T> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// What a thread has at a variable's place.
#[derive(Clone, Copy)]
enum Slot {
    /// Nothing yet.
    Empty,
    /// The variable.
    There(*mut ()),
    /// Nothing any more.
    Gone,
}

/// A thread's variables.
pub(super) struct Locals {
    variables: UnsafeCell<Vec<Variable>>,
    ending: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Variable {
    slot: Slot,
    /// Drops it and frees its memory.
    drop: unsafe fn(*mut ()),
}

impl Locals {
    pub(super) const fn new() -> Self {
        Locals { variables: UnsafeCell::new(Vec::new()), ending: Cell::new(false) }
    }

    fn get(&self, place: usize) -> Slot {
        // SAFETY: one thread uses it, and no reference to the list leaves these methods.
        let variables = unsafe { &*self.variables.get() };
        match variables.get(place) {
            Some(variable) => variable.slot,
            None if self.ending.get() => Slot::Gone,
            None => Slot::Empty,
        }
    }

    /// Puts a variable there. If there is one already, since making the new one has made it, that one is kept.
    fn put<T>(&self, place: usize, value: T) -> *mut () {
        unsafe fn drop_boxed<T>(variable: *mut ()) {
            // SAFETY: the caller gives what `put` made of a box of this type.
            drop(unsafe { Box::from_raw(variable.cast::<T>()) });
        }

        if let Slot::There(variable) = self.get(place) {
            return variable;
        }
        let variable = Box::into_raw(Box::new(value)).cast();
        // SAFETY: as in `get`.
        let variables = unsafe { &mut *self.variables.get() };
        if variables.len() <= place {
            variables.resize(place + 1, Variable { slot: Slot::Empty, drop: drop_boxed::<()> });
        }
        variables[place] = Variable { slot: Slot::There(variable), drop: drop_boxed::<T> };
        variable
    }

    /// Drops all variables, for good.
    pub(super) fn destroy(&self) {
        let mut place = 0;
        // What is dropped may make others.
        loop {
            // SAFETY: as in `get`.
            let variables = unsafe { &mut *self.variables.get() };
            let Some(variable) = variables.get_mut(place) else { break };
            let Variable { slot, drop } = *variable;
            variable.slot = Slot::Gone;
            if let Slot::There(pointer) = slot {
                // SAFETY: it is there and will not be used again.
                unsafe { drop(pointer) };
            }
            place += 1;
        }
        self.ending.set(true);
        // SAFETY: as in `get`. All variables in it are gone.
        drop(core::mem::take(unsafe { &mut *self.variables.get() }));
    }
}
