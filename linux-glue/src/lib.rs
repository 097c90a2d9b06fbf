//! How Linux serves CloudABI programs.
//!
//! On Linux a program runs inside the process of the runtime, which answers its calls with Linux's own and has
//! locked that process in before: an empty mount namespace, a Landlock domain, and a list of allowed system
//! calls.
//!
//! The program's memory is in [`memory`], and what keeps bad pointers from ending the runtime in [`faults`]; both are
//! there where the machine's assembly is.
//!
//! What follows from the definition alone is in [`generated`]:
//!
//! - Conversions between the ABI's values and Linux's constants, both ways where both are wanted. A value that
//!   Linux cannot express gives [`generated::Unsupported`], with the reason.
//! - What a right means for the sandbox: [`generated::landlock_access_to_host`] for the rules of a Landlock
//!   domain, [`generated::mount_attributes_to_host`] for the mounts of granted directories.
//! - [`generated::calls`]: the Linux system calls that each call of the ABI may need, which the sandbox's list
//!   of allowed calls is made from.
//!
//! What [`generated`] does not do: look at errors or flags in the light of the call that they belong to. Where a number
//! means something else in a certain call, the caller must know.
//!
//! It is empty on other systems.

#[cfg(target_os = "linux")]
#[rustfmt::skip]
pub mod generated;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod faults;
#[cfg(target_os = "linux")]
pub mod files;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod memory;

#[cfg(target_os = "linux")]
pub mod launch;

#[cfg(target_os = "linux")]
pub mod sandbox;
#[cfg(target_os = "linux")]
pub mod shortcuts;

#[cfg(target_os = "linux")]
pub mod trace;

#[cfg(target_os = "linux")]
mod heap;

#[cfg(target_os = "linux")]
mod runtime;
