//! Threads.

#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod area;
pub(crate) mod record;
mod yielding;

#[cfg(any(cloudabi, target_os = "cloudabi"))]
pub(crate) use area::begin_first;
pub(crate) use record::current_number;
pub use yielding::yield_now;
