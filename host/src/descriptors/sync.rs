//! What the table is built from: the standard library's, or the model checker's under `--cfg loom`.

#[cfg(loom)]
pub(super) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering, fence},
};
#[cfg(not(loom))]
pub(super) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering, fence},
};

/// A table's first size. The model checker follows everything that is there, so there is less of it.
pub(super) const fn first_size(usual: usize) -> usize {
    if cfg!(loom) { 4 } else { usual }
}
