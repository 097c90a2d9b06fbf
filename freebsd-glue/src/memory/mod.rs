//! The program's memory, and the runtime's stacks: what [`cloudabi_host::address_space`] needs of FreeBSD.

mod stack;
mod system;

use std::os::fd::BorrowedFd;

pub use cloudabi_host::address_space::Guest;
pub use stack::HostStack;
pub use system::FreeBsd;

/// The region, what is mapped in it, and the `mem_*` calls.
pub type AddressSpace = cloudabi_host::address_space::AddressSpace<FreeBsd>;

/// What [`AddressSpace::map`] is to map.
pub type MapRequest<'a> = cloudabi_host::address_space::MapRequest<BorrowedFd<'a>>;
