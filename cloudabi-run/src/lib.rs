//! Starts a CloudABI program with exactly the descriptors that its configuration grants.

pub mod plan;
pub mod status;
