//! How FreeBSD serves CloudABI programs.
//!
//! There are two ways. A kernel module runs programs by itself (`kmod/`, in C). And this crate runs a program inside a process
//! of its own, without any module: [`launch`] starts it, and a process in capability mode answers its calls with FreeBSD's own
//! (`runtime`).
//!
//! What holds a program in is the kernel: before its first instruction the process enters capability mode, where nothing
//! can be reached but through descriptors, and each granted descriptor has been limited to the Capsicum rights that its
//! rights of the ABI need ([`capsicum`]).
//!
//! What follows from the definition alone is in [`generated`]: conversions between the ABI's values and FreeBSD's
//! constants, and the Capsicum rights that each right of the ABI needs.
//!
//! It is empty on other systems, but for the numbers in [`headers`], and for what of it can be tested there.

#[cfg(target_os = "freebsd")]
#[rustfmt::skip]
pub mod generated;

pub mod headers;

#[cfg(target_os = "freebsd")]
pub mod capsicum;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod ending;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod faults;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod heap;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod launch;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod memory;
#[cfg(any(target_os = "freebsd", test))]
mod record;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod report;
#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod runtime;
