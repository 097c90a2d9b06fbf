//! The values of locks that processes share. They are copied out and in: another process may change the memory at any
//! time, with the lock or without it.

use core::mem::MaybeUninit;

use cloudabi_sys::Plain;

use super::mutex::MutexGuard;
use super::rwlock::{RwLockReadGuard, RwLockWriteGuard};
use super::scope::Shared;
use crate::mem::copy;

/// Copies a value out.
///
/// # Safety
///
/// It lies there, and all others in this program use it atomically.
unsafe fn get<T: Plain>(place: *const T) -> T {
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: it has so many bytes, which are initialised.
    let bytes = unsafe { core::slice::from_raw_parts_mut(value.as_mut_ptr().cast(), size_of::<T>()) };
    // SAFETY: the caller says so. Any bytes are a value.
    unsafe {
        copy::out(place.cast(), bytes);
        value.assume_init()
    }
}

/// Copies a value in.
///
/// # Safety
///
/// As [`get`], and it may be written.
unsafe fn set<T: Plain>(place: *mut T, value: T) {
    // SAFETY: the caller says so.
    unsafe { copy::into(place.cast(), value.as_bytes()) }
}

/// Declares how the value is read.
macro_rules! readable {
    ($($guard:ident)*) => {
        $(
            impl<T: Plain> $guard<'_, T, Shared> {
                /// The value.
                ///
                /// ```no_run
                /// # use cloudabi::{io, mem::SharedMap, sync::{Mutex, Shared}};
                /// fn number(map: &SharedMap) -> io::Result<u64> {
                ///     Ok(map.get::<Mutex<u64, Shared>>(0)?.lock().get())
                /// }
                /// ```
                pub fn get(&self) -> T {
                    // SAFETY: the lock lies in shared memory, where everything is used atomically.
                    unsafe { get(self.value()) }
                }
            }
        )*
    };
}

/// Declares how the value is changed.
macro_rules! writable {
    ($($guard:ident)*) => {
        $(
            impl<T: Plain> $guard<'_, T, Shared> {
                /// Sets the value.
                ///
                /// ```no_run
                /// # use cloudabi::{io, mem::SharedMap, sync::{Mutex, Shared}};
                /// fn reset(map: &SharedMap) -> io::Result<()> {
                ///     map.get::<Mutex<u64, Shared>>(0)?.lock().set(0);
                ///     Ok(())
                /// }
                /// ```
                pub fn set(&mut self, value: T) {
                    // SAFETY: the lock lies in shared memory, where everything is used atomically, and it is held for
                    // writing.
                    unsafe { set(self.value(), value) }
                }

                /// Changes the value. Gives the new one.
                ///
                /// ```no_run
                /// # use cloudabi::{io, mem::SharedMap, sync::{Mutex, Shared}};
                /// fn next(map: &SharedMap) -> io::Result<u64> {
                ///     Ok(map.get::<Mutex<u64, Shared>>(0)?.lock().update(|number| number + 1))
                /// }
                /// ```
                pub fn update(&mut self, change: impl FnOnce(T) -> T) -> T {
                    let value = change(self.get());
                    self.set(value);
                    value
                }
            }
        )*
    };
}

readable! { MutexGuard RwLockReadGuard RwLockWriteGuard }
writable! { MutexGuard RwLockWriteGuard }
