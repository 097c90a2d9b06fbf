//! Who shares a lock.

/// Who shares a lock or a condition variable: [`Private`] or [`Shared`].
///
/// ```
/// use cloudabi::sync::{Mutex, Private, Scope};
///
/// fn is_free<S: Scope>(mutex: &Mutex<u32, S>) -> bool {
///     mutex.try_lock().is_some()
/// }
/// assert!(is_free::<Private>(&Mutex::new(1)));
/// ```
pub trait Scope: sealed::Sealed {
    #[doc(hidden)]
    const SCOPE: cloudabi_sys::Scope;
}

/// The threads of one process share it.
///
/// ```
/// use cloudabi::sync::{Mutex, Private};
///
/// let mutex: Mutex<u32, Private> = Mutex::new(1);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Private {}

/// All processes that have it in [shared memory](crate::mem::SharedMemory) share it.
///
/// ```no_run
/// # use cloudabi::{io, mem::SharedMap, sync::{RwLock, Shared}};
/// fn read(map: &SharedMap) -> io::Result<u64> {
///     Ok(map.get::<RwLock<u64, Shared>>(0)?.read().get())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Shared {}

impl Scope for Private {
    const SCOPE: cloudabi_sys::Scope = cloudabi_sys::Scope::PRIVATE;
}

impl Scope for Shared {
    const SCOPE: cloudabi_sys::Scope = cloudabi_sys::Scope::SHARED;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Private {}
    impl Sealed for super::Shared {}
}
