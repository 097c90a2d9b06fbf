//! Memory: more of it, files in it, and memory that processes share.

mod advice;
mod anonymous;
pub(crate) mod copy;
mod file_map;
mod map;
mod shareable;
mod shared;

pub use anonymous::{AnonymousMap, ReadOnlyMap};
pub use file_map::FileMap;
pub use shareable::Shareable;
pub use shared::{SharedMap, SharedMemory};

/// Bytes in a page of memory: what can be protected on its own.
///
/// ```
/// assert!(cloudabi::mem::page_size().is_power_of_two());
/// ```
pub fn page_size() -> usize {
    crate::start::page_size()
}
