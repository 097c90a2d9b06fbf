//! The record of a program's address space.

use super::intervals::Intervals;
use super::placement::Placement;
use crate::memory::{Fault, GuestRange, Region};
use crate::types::{Errno, Mflags, Mprot, Rights};
use core::ops::Range;

/// Whole pages of a [`Layout`]'s region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Their numbers, counted from the beginning of the region.
    pub(super) numbers: Range<u64>,
    /// Address of the first one.
    address: u64,
    /// Size of all together.
    size: u64,
}

impl Pages {
    /// The address of the first one.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Their size together, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }
}

/// Where a new mapping is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// At this address if there is room, otherwise anywhere. 0 stands for no wish.
    Near(u64),
    /// At exactly this address, in place of what is there.
    At(u64),
}

/// What is mapped where in a program's region, and how far the protection of each page may go.
#[derive(Debug)]
pub struct Layout {
    region: Region,
    page_size: u64,
    mapped: Intervals<Mprot>,
    placement: Placement,
}

/// Checks what [`Syscalls::mem_map`](crate::syscalls::Syscalls::mem_map) asks for as far as no record is needed.
///
/// # Errors
/// - [`Errno::NOTSUP`]: writable and executable at once.
/// - [`Errno::INVAL`]: no size, not exactly one of private and shared, an offset without a file, or an offset that is
///   no multiple of the page size.
/// - [`Errno::OVERFLOW`]: the end in the file is beyond 2^63 - 1.
/// - [`Errno::ACCES`]: more protection than the maximum.
pub fn check_mapping(
    page_size: u64,
    size: u64,
    prot: Mprot,
    maximum: Mprot,
    flags: Mflags,
    offset: u64,
) -> Result<(), Errno> {
    check_protection(prot)?;
    let anonymous = flags.contains(Mflags::ANON);
    if size == 0
        || flags.contains(Mflags::PRIVATE) == flags.contains(Mflags::SHARED)
        || !offset.is_multiple_of(page_size)
        || (anonymous && offset != 0)
    {
        return Err(Errno::INVAL);
    }
    if !anonymous && offset.checked_add(size).is_none_or(|end| end > i64::MAX as u64) {
        return Err(Errno::OVERFLOW);
    }
    if maximum.contains(prot) { Ok(()) } else { Err(Errno::ACCES) }
}

/// How far the protection of a mapping may ever go if the descriptor of its file carries these rights: all that
/// [`Syscalls::mem_map`](crate::syscalls::Syscalls::mem_map) would give for them at once, but for the rule that memory is
/// not writable and executable at the same time.
pub fn maximum_protection(rights: Rights, flags: Mflags) -> Mprot {
    let mut maximum = Mprot::empty();
    if rights.contains(Rights::FD_READ) {
        maximum |= Mprot::READ;
        // Private changes do not reach the file.
        if flags.contains(Mflags::PRIVATE) || rights.contains(Rights::FD_WRITE) {
            maximum |= Mprot::WRITE;
        }
    }
    if rights.contains(Rights::MEM_MAP_EXEC) {
        maximum |= Mprot::EXEC;
    }
    maximum
}

/// Refuses memory that is writable and executable at once.
fn check_protection(prot: Mprot) -> Result<(), Errno> {
    if prot.contains(Mprot::WRITE | Mprot::EXEC) { Err(Errno::NOTSUP) } else { Ok(()) }
}

impl Layout {
    /// The record of a region in which nothing is mapped yet. `None` if its ends are no multiples of the page size,
    /// or if that is no power of two.
    pub fn new(region: Region, page_size: u64) -> Option<Layout> {
        if !page_size.is_power_of_two() || !(region.base() | region.size()).is_multiple_of(page_size) {
            return None;
        }
        let placement = Placement::new(region.size() / page_size, page_size);
        Some(Layout { region, page_size, mapped: Intervals::default(), placement })
    }

    /// The addresses of the program.
    pub fn region(&self) -> Region {
        self.region
    }

    /// How large a page is, in bytes.
    pub fn page_size(&self) -> u64 {
        self.page_size
    }

    /// How many ranges of pages are mapped; neighbours with the same maximum of protection are one.
    pub fn len(&self) -> usize {
        self.mapped.len()
    }

    /// Whether nothing is mapped.
    pub fn is_empty(&self) -> bool {
        self.mapped.is_empty()
    }

    /// The pages that have a byte in this range, whose address is that of a page.
    ///
    /// # Errors
    /// [`Errno::INVAL`] if the address is no multiple of the page size, [`Errno::FAULT`] if the range is not in the
    /// region.
    pub fn pages(&self, range: GuestRange) -> Result<Pages, Errno> {
        if !range.address().is_multiple_of(self.page_size) {
            return Err(Errno::INVAL);
        }
        if !self.region.holds(range) {
            return Err(Fault.into());
        }
        if range.is_empty() {
            return Ok(self.numbered(0..0));
        }
        let first = (range.address() - self.region.base()) / self.page_size;
        // Both ends of the region are multiples of the page size, so the last page is in it as a whole.
        Ok(self.numbered(first..first + range.size().div_ceil(self.page_size)))
    }

    /// The pages with these numbers.
    fn numbered(&self, numbers: Range<u64>) -> Pages {
        let address = self.region.base() + numbers.start * self.page_size;
        let size = (numbers.end - numbers.start) * self.page_size;
        Pages { numbers, address, size }
    }

    /// Finds a place for a new mapping of `size` bytes, at least 1. Nothing is recorded yet.
    ///
    /// Where the program does not say, the place is random; `random` gives numbers that are equally distributed.
    ///
    /// # Errors
    /// - [`Errno::NOMEM`]: there is no room for so much.
    /// - [`Errno::FAULT`]: the exact place is not in the region.
    /// - [`Errno::INVAL`]: the exact place is no multiple of the page size.
    pub fn place(
        &mut self,
        wanted: Wanted,
        size: u64,
        random: &mut dyn FnMut() -> u64,
    ) -> Result<Pages, Errno> {
        match wanted {
            Wanted::At(address) => {
                if !address.is_multiple_of(self.page_size) {
                    return Err(Errno::INVAL);
                }
                self.pages(self.region.range(address, size)?)
            }
            Wanted::Near(hint) => {
                let hint = hint & !(self.page_size - 1);
                if hint != 0
                    && let Ok(range) = self.region.range(hint, size)
                    && let Ok(pages) = self.pages(range)
                    && self.mapped.is_free(pages.numbers.clone())
                {
                    return Ok(pages);
                }
                let count = size.div_ceil(self.page_size);
                let first = self.placement.find(&self.mapped, count, random).ok_or(Errno::NOMEM)?;
                Ok(self.numbered(first..first + count))
            }
        }
    }

    /// Whether any of these pages is mapped.
    pub fn is_in_use(&self, pages: &Pages) -> bool {
        !self.mapped.is_free(pages.numbers.clone())
    }

    /// Whether all of these pages are mapped.
    ///
    /// # Errors
    /// [`Errno::NOMEM`] if not.
    pub fn check_mapped(&self, pages: &Pages) -> Result<(), Errno> {
        if self.mapped.covers(pages.numbers.clone()) { Ok(()) } else { Err(Errno::NOMEM) }
    }

    /// Whether all of these pages may get this protection.
    ///
    /// # Errors
    /// - [`Errno::NOTSUP`]: writable and executable at once.
    /// - [`Errno::NOMEM`]: part of it is not mapped.
    /// - [`Errno::ACCES`]: more than the maximum of a part of it.
    pub fn check_protect(&self, pages: &Pages, prot: Mprot) -> Result<(), Errno> {
        check_protection(prot)?;
        self.check_mapped(pages)?;
        let allowed = self.mapped.within(pages.numbers.clone()).all(|(_, maximum)| maximum.contains(prot));
        if allowed { Ok(()) } else { Err(Errno::ACCES) }
    }

    /// Records that these pages are mapped, in place of what was there, and how far their protection may go.
    pub fn map(&mut self, pages: &Pages, maximum: Mprot) {
        self.mapped.insert(pages.numbers.clone(), maximum);
    }

    /// Records that these pages are not mapped any more.
    pub fn unmap(&mut self, pages: &Pages) {
        self.mapped.remove(pages.numbers.clone());
    }

    /// Records that nothing is mapped any more.
    pub fn clear(&mut self) {
        self.mapped.clear();
    }

    /// What is mapped, in order of address: the first address, the one behind the last, and the maximum of protection.
    pub fn iter(&self) -> impl Iterator<Item = (Range<u64>, Mprot)> {
        let address = |number| self.region.base() + number * self.page_size;
        self.mapped
            .iter()
            .map(move |(numbers, maximum)| (address(numbers.start)..address(numbers.end), maximum))
    }
}
