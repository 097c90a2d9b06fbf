//! What can lie in memory that processes share.

use core::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    AtomicUsize,
};

use crate::sync::{Condvar, Mutex, RwLock, Shared};

/// What can lie in memory that several processes have: atomic numbers, and locks and condition variables that are
/// [`Shared`].
///
/// ```
/// use cloudabi::mem::Shareable;
/// use cloudabi::sync::{Condvar, Mutex, Shared};
/// use core::sync::atomic::AtomicU32;
///
/// /// What the processes agree about.
/// #[repr(C)]
/// struct Queue {
///     length: AtomicU32,
///     lock: Mutex<[u64; 8], Shared>,
///     changed: Condvar<Shared>,
/// }
///
/// // SAFETY: all members are, and there is nothing between them that anybody looks at.
/// unsafe impl Shareable for Queue {}
/// ```
///
/// # Safety
///
/// - Any bytes are a value of the type, zeros in particular.
/// - All that is done through a shared reference is right when others do the same from another process, or at another
///   address in this one. It follows that it has no pointers, and that its bytes change only atomically or under a lock.
pub unsafe trait Shareable: Sync + 'static {}

macro_rules! atomics {
    ($($ty:ident)*) => {
        $(
            // SAFETY: any bytes are a number, and it changes atomically.
            unsafe impl Shareable for $ty {}
        )*
    };
}

atomics! { AtomicI8 AtomicI16 AtomicI32 AtomicI64 AtomicIsize AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicUsize }

// SAFETY: as its elements.
unsafe impl<T: Shareable, const LENGTH: usize> Shareable for [T; LENGTH] {}

// SAFETY: zeros are one for which nobody waits, and other bytes make the host's answers wrong and nothing else.
unsafe impl Shareable for Condvar<Shared> {}

// SAFETY: zeros are one that nobody holds. The value is copied out and in, atomically, and any bytes are one.
unsafe impl<T: cloudabi_sys::Plain + Send> Shareable for Mutex<T, Shared> {}

// SAFETY: as above.
unsafe impl<T: cloudabi_sys::Plain + Send + Sync> Shareable for RwLock<T, Shared> {}
