//! What these tests share.

use cloudabi_host::memory::GuestRange;
use cloudabi_host::types::{Errno, Mflags, Mprot};
use cloudabi_linux_glue::faults;
use cloudabi_linux_glue::memory::{AddressSpace, MapRequest};
use std::sync::OnceLock;

pub const READ_WRITE: Mprot = Mprot(Mprot::READ.0 | Mprot::WRITE.0);

/// The size of a page.
pub fn page() -> u64 {
    rustix::param::page_size() as u64
}

/// A small region. Regions are never given back, so it is small.
pub fn space() -> AddressSpace {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| faults::install().expect("a handler"));
    AddressSpace::reserve_at_most(1 << 32).expect("a region")
}

/// A request for fresh private memory, wherever there is room.
pub fn fresh(size: u64) -> MapRequest<'static> {
    MapRequest {
        address: 0,
        size,
        prot: READ_WRITE,
        flags: Mflags::ANON | Mflags::PRIVATE,
        file: None,
        offset: 0,
        maximum: Mprot::all(),
    }
}

/// A range of a region.
pub fn range(space: &AddressSpace, address: u64, size: u64) -> GuestRange {
    space.region().range(address, size).expect("it is in the region")
}

/// Changes protection by address.
pub fn protect(space: &AddressSpace, address: u64, size: u64, prot: Mprot) -> Result<(), Errno> {
    space.protect(range(space, address, size), prot)
}
