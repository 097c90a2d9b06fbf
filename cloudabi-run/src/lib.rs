//! Starts a CloudABI program with exactly the descriptors that its configuration grants.
//!
//! [`prepare`](prepare::prepare) does everything up to the start: it reads the configuration, opens what it grants,
//! and gives a [`plan::Launch`]. A host's launcher takes it from there, and [`status`] makes an exit status of the
//! program's end.

#[cfg(target_os = "linux")]
pub mod advice;
#[cfg(target_os = "linux")]
pub mod binfmt;
pub mod cli;
#[cfg(target_os = "linux")]
pub mod confine;
#[cfg(target_os = "linux")]
pub mod crash;
#[cfg(target_os = "linux")]
pub mod debug;
pub mod diagnostic;
pub mod explain;
pub mod grants;
pub mod host;
pub mod manual;
pub mod matrix;
#[cfg(target_os = "linux")]
pub mod notify;
pub mod open;
pub mod passed;
pub mod plan;
pub mod prepare;
pub mod program;
pub mod report;
pub mod rights;
pub mod scalar;
pub mod shortcuts;
pub mod sockets;
pub mod source;
pub mod status;
pub mod terminal;
#[cfg(target_os = "linux")]
pub mod trace;
pub mod yaml;
