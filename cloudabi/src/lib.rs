#![no_std]
#![doc = include_str!("../README.md")]
extern crate alloc;
// A program is built without the standard library. Whoever checks, tests or documents it on another system has it.
#[cfg(not(any(cloudabi, target_os = "cloudabi")))]
extern crate std;

pub mod args;
pub mod fs;
pub mod io;
pub mod mem;
pub mod net;
pub mod os;
pub mod panic;
pub mod poll;
pub mod process;
pub mod random;
#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod rt;
// On other systems the memory functions can be tested, under other names.
#[cfg(all(
    test,
    not(any(cloudabi, target_os = "cloudabi")),
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[path = "rt/memory/mod.rs"]
mod memory;
mod start;
pub mod sync;
pub mod thread;
pub mod time;

#[doc(hidden)]
#[path = "entry/mod.rs"]
pub mod __entry;

pub use cloudabi_macros::main;
