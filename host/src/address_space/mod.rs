//! What of a program's address space is used for what.
//!
//! A program's memory lies in one [`Region`](crate::memory::Region), which the host's system keeps reserved as a
//! whole. This is the record of which pages of it are mapped, and how far their protection may go. It makes the
//! decisions for the `mem_*` calls that need no system: which errors the arguments give, and where in the region a
//! new mapping goes. It touches no memory itself.
//!
//! - [`Intervals`]: ranges of page numbers with a value each.
//! - [`Layout`]: the record, in terms of addresses.

mod intervals;
mod layout;
mod placement;

pub use intervals::Intervals;
pub use layout::{Layout, Pages, Wanted, check_mapping, maximum_protection};
