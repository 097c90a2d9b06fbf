//! What all hosts of programs share: everything between a program's system call and the code that serves it, and
//! nothing that depends on an operating system.
//!
//! The way of a call: the vDSO's stub calls an [`runtime::Entry`] of the dispatch table ([`shims::entries`]) → the
//! shim validates the arguments ([`shims`] says what, and in which order) → the runtime's method of
//! [`syscalls::Syscalls`] serves the call → the shim stores the results.
//!
//! | module | what is in it | made from |
//! | --- | --- | --- |
//! | [`types`] | the ABI's types as they are in a program's memory | the definition |
//! | [`table`] | all calls as data | the definition |
//! | [`descriptor_kinds`] | which rights make sense for which descriptors | the definition |
//! | [`syscalls`] | the traits that a runtime implements | the definition |
//! | [`shims`] | checks, and the dispatch table | the definition |
//! | [`thread_block`] | what stubs know of a thread | the stub contract |
//! | [`image`] | the loader of executables | by hand |
//! | [`memory`] | access to a program's memory that survives bad pointers | by hand |
//! | [`descriptors`] | numbers, what they refer to, and rights | by hand |
//! | [`parking`] | where the threads of a process wait for locks and condition variables | by hand |
//! | `locks` | locks and condition variables, whoever shares them | by hand |
//! | [`deadline`] | until when a call waits | by hand |
//! | [`pieces`] | lists of pieces of memory | by hand |
//! | [`errors`] | which errors calls on files answer with | by hand |
//! | [`records`] | directory entries as programs get them | by hand |
//! | [`path`] | walking a path beneath a directory | by hand |
//! | [`address_space`] | what of a program's address space is used for what | by hand |
//! | `placement` | placing a program into memory, with what it is told at its start | by hand |
//! | [`threads`] | the numbers of threads | by hand |
//! | [`delegated_calls`] | the calls that hosts serve alike | by hand |
//! | [`exit`] | how threads and processes end | by hand |
//! | `stopping` | ending all threads of a program but one | by hand |
//! | `replacement` | what a program is replaced by | by hand |
//! | `copy` | copies that recover from faults, where assembly for the machine is there | by hand |
//! | [`runtime`] | what a runtime gives to shims whatever the definition | by hand |
//! | [`vdso`] | the image in which a program finds the stubs | by hand, from the stubs and [`table`] |
//! | [`start`] | what a program is told at its start | by hand |
//! | [`enter`] | from the host into a program and back | by hand, in assembly |
//! | [`decode`] | calls and their results as text, for tracing | by hand, with tables from the definition |
//! | [`call_info`] | the types of [`table`] | by hand |

pub mod address_space;
pub mod call_info;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub mod copy;
pub mod deadline;
pub mod decode;
mod delegation;
pub mod descriptors;
pub mod enter;
pub mod errors;
pub mod exit;
pub mod image;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub mod locks;
mod machine;
pub mod memory;
pub mod parking;
pub mod path;
pub mod pieces;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub mod placement;
pub mod records;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub mod replacement;
pub mod runtime;
pub mod start;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub mod stopping;
pub mod threads;
pub mod vdso;

/// Everything that `cargo xtask gen` writes.
mod generated {
    #[rustfmt::skip]
    #[macro_use]
    pub mod support;
    #[rustfmt::skip]
    pub mod checks;
    #[rustfmt::skip]
    pub mod descriptor_kinds;
    #[rustfmt::skip]
    pub mod shims;
    #[rustfmt::skip]
    pub mod syscalls;
    #[rustfmt::skip]
    pub mod table;
    #[rustfmt::skip]
    pub mod thread_block;
    #[rustfmt::skip]
    pub mod types;
}

pub use generated::{checks, descriptor_kinds, shims, syscalls, table, thread_block, types};
