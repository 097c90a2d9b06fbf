//! What of a program's address space is used for what.
//!
//! A program's memory lies in one [`Region`](crate::memory::Region), which the host's system keeps reserved as a
//! whole. This is the record of which pages of it are mapped, and how far their protection may go. It makes the
//! decisions for the `mem_*` calls that need no system: which errors the arguments give, and where in the region a
//! new mapping goes.
//!
//! - [`Intervals`]: ranges of page numbers with a value each.
//! - [`Layout`]: the record, in terms of addresses. It touches no memory itself.
//! - [`AddressSpace`]: a region, its record, and the calls that map, unmap and protect, by means of a host's [`System`].
//! - [`Guest`]: reading and writing the program's memory.
//! - [`ImageMapper`]: how an executable gets into the region.

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
mod errors;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
mod guest;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
mod image;
mod intervals;
mod layout;
mod placement;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
mod space;
mod system;

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub use guest::Guest;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub use image::ImageMapper;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(target_vendor = "apple")))]
pub use space::{AddressSpace, MapRequest};
pub use system::{NoSpare, Spare, System};

pub use intervals::Intervals;
pub use layout::{Layout, Pages, Wanted, check_mapping, maximum_protection};
