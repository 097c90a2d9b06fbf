//! How macOS serves CloudABI programs.
//!
//! On macOS a program runs inside the process of the runtime, as on Linux. The kernel has no rights on
//! descriptors, so the runtime's own checks are what holds them.
//!
//! So far this crate holds what follows from the definition alone, in `generated`: conversions between the
//! ABI's values and macOS's constants.
//!
//! It is empty on other systems.

#[cfg(target_os = "macos")]
#[rustfmt::skip]
pub mod generated;
