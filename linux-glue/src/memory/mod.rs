//! The program's memory, and the runtime's stacks.
//!
//! All memory of the program lies in one region of addresses, reserved as a whole when the process starts and never
//! given back. What is not mapped is an inaccessible reservation, so that nothing else of the process can end up
//! there, and a pointer is checked with two comparisons.
//!
//! - [`AddressSpace`]: the region, what is mapped in it, and the five `mem_*` calls.
//! - [`Guest`]: reading and writing the program's memory. It is two numbers, to be copied freely, and takes no lock.
//!   It needs the fault handler: see [`crate::faults::install`].
//! - [`ImageMapper`]: how an executable gets into the region.
//! - [`HostStack`]: stacks with a guard for the runtime's own code.
//!
//! It does not check rights: callers say with each mapping how far its protection may ever go.

mod spare;
mod stack;
mod system;

pub use cloudabi_host::address_space::Guest;
pub use stack::HostStack;
pub use system::Linux;

use std::os::fd::BorrowedFd;

/// The region, what is mapped in it, and the `mem_*` calls.
pub type AddressSpace = cloudabi_host::address_space::AddressSpace<Linux>;

/// What [`AddressSpace::map`] is to map.
pub type MapRequest<'a> = cloudabi_host::address_space::MapRequest<BorrowedFd<'a>>;

/// How an executable gets into the region.
pub type ImageMapper<'a> = cloudabi_host::address_space::ImageMapper<'a, Linux>;
