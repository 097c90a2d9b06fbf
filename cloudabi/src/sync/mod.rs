//! Locks and condition variables: the ABI's own, in the manner of the standard library.
//!
//! What nobody waits for is taken and released without a call. There is no poisoning, since a panic ends the program.
//!
//! [`Mutex`], [`RwLock`] and [`Condvar`] are shared by the threads of a process. With [`Shared`] as their last
//! parameter they lie in [shared memory](crate::mem::SharedMemory), and processes share them.

mod barrier;
mod condvar;
mod lazy;
mod mutex;
mod once;
mod once_lock;
pub(crate) mod raw;
mod rwlock;
mod scope;
mod shared;
pub(crate) mod wait;

pub use alloc::sync::{Arc, Weak};
pub use barrier::Barrier;
pub use condvar::{Condvar, WaitTimeout};
pub use core::sync::atomic;
pub use lazy::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once::Once;
pub use once_lock::OnceLock;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use scope::{Private, Scope, Shared};
