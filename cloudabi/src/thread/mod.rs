//! Threads, in the manner of the standard library.
//!
//! When `main` returns the process ends, whatever other threads do.

#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod area;
mod builder;
mod join;
mod local;
#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod pointer;
#[cfg(not(any(cloudabi, target_os = "cloudabi")))]
#[path = "raw_native.rs"]
mod raw;
#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod raw;
pub(crate) mod record;
mod scope;
#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod stack;
#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod template;
mod yielding;

pub use builder::Builder;
pub use join::{JoinHandle, spawn};
pub use local::{AccessError, LocalKey};
pub use record::{ThreadId, current};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use yielding::{available_parallelism, yield_now};

pub use crate::time::{sleep, sleep_until};

#[cfg(any(cloudabi, target_os = "cloudabi"))]
pub(crate) use area::begin_first;
pub(crate) use record::current_number;
