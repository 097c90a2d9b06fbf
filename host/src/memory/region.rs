//! Address arithmetic: which ranges lie in the program's memory.

use core::fmt;

/// A pointer from the program does not lead to memory that can be used so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bad address in the program's memory")
    }
}

impl core::error::Error for Fault {}

/// The addresses that belong to a program: `base .. base + size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    base: u64,
    size: u64,
}

impl Region {
    /// A region of `size` bytes from `base`; `None` if it would reach beyond the last address.
    pub const fn new(base: u64, size: u64) -> Option<Region> {
        // The last address is 2^64 - 1, so `base + size` may be 2^64 exactly.
        match size.checked_sub(1) {
            Some(last) if base.checked_add(last).is_none() => None,
            _ => Some(Region { base, size }),
        }
    }

    /// The first address.
    pub const fn base(self) -> u64 {
        self.base
    }

    /// Size in bytes.
    pub const fn size(self) -> u64 {
        self.size
    }

    /// The range of `size` bytes from `address`.
    ///
    /// # Errors
    /// [`Fault`] if a byte of it is outside of the region.
    #[inline(always)]
    pub const fn range(self, address: u64, size: u64) -> Result<GuestRange, Fault> {
        // An address below the base wraps around to an offset of at least `self.size`, since the region does not
        // wrap, so that two comparisons are enough.
        let offset = address.wrapping_sub(self.base);
        if size == 0 || (offset <= self.size && size <= self.size - offset) {
            Ok(GuestRange { address, size })
        } else {
            Err(Fault)
        }
    }

    /// The range of `count` elements of `element_size` bytes each from `address`.
    ///
    /// # Errors
    /// [`Fault`] if a byte of it is outside of the region, or if the total exceeds 64 bits.
    #[inline(always)]
    pub const fn array(self, address: u64, count: u64, element_size: u64) -> Result<GuestRange, Fault> {
        match count.checked_mul(element_size) {
            Some(size) => self.range(address, size),
            None => Err(Fault),
        }
    }

    /// Whether this range lies in the region. A [`GuestRange`] lies in *a* region; an implementation of
    /// [`super::GuestMemory`] asks whether it is its own.
    #[inline(always)]
    pub const fn holds(self, range: GuestRange) -> bool {
        self.range(range.address, range.size).is_ok()
    }
}

/// A range of addresses that was found to lie in a [`Region`]. Whether memory is mapped there is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestRange {
    address: u64,
    size: u64,
}

impl GuestRange {
    /// The first address. Meaningless if the range is empty.
    #[inline(always)]
    pub const fn address(self) -> u64 {
        self.address
    }

    /// Size in bytes.
    #[inline(always)]
    pub const fn size(self) -> u64 {
        self.size
    }

    /// Whether it is empty.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.size == 0
    }

    /// The part of `size` bytes from the byte at `offset`; `None` if that is not within the range.
    #[inline(always)]
    pub const fn part(self, offset: u64, size: u64) -> Option<GuestRange> {
        if offset <= self.size && size <= self.size - offset {
            // An empty range may point anywhere, so that this sum may wrap, but then `size` is 0 too.
            Some(GuestRange { address: self.address.wrapping_add(offset), size })
        } else {
            None
        }
    }
}
