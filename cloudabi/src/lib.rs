#![no_std]
#![doc = include_str!("../README.md")]
#![expect(dead_code, reason = "what uses these follows")]

extern crate alloc;
// A program is built without the standard library. Whoever checks, tests or documents it on another system has it.
#[cfg(not(any(cloudabi, target_os = "cloudabi")))]
extern crate std;

pub mod args;
pub mod fs;
pub mod io;
pub mod os;
pub mod panic;
pub mod process;
#[cfg(any(cloudabi, target_os = "cloudabi"))]
mod rt;
mod start;
pub mod sync;
pub mod thread;

#[doc(hidden)]
#[path = "entry/mod.rs"]
pub mod __entry;

pub use cloudabi_macros::main;
