//! Locks and condition variables.

pub(crate) mod raw;
pub(crate) mod wait;
