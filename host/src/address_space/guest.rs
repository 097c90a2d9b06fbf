//! Reading and writing the program's memory.

use crate::copy;
use crate::decode::ReadMemory;
use crate::memory::{AtomicMemory, Fault, GuestAtomic, GuestMemory, GuestRange, Region};

/// Access to the memory of the program in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    region: Region,
}

impl Guest {
    /// Access to a region.
    ///
    /// It needs a handler of faults that asks [`copy::landing`].
    ///
    /// # Safety
    /// No object of the host's ever lies in the region.
    pub const unsafe fn new(region: Region) -> Self {
        Guest { region }
    }

    /// Finds out whether a copy of `size` bytes may be asked for.
    #[inline(always)]
    fn check(self, range: GuestRange, size: usize) -> Result<(), Fault> {
        if self.region.holds(range) && range.size() == size as u64 { Ok(()) } else { Err(Fault) }
    }
}

impl GuestMemory for Guest {
    #[inline(always)]
    fn region(&self) -> Region {
        self.region
    }

    #[inline(always)]
    fn copy_in(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault> {
        self.check(from, to.len())?;
        // SAFETY: the range is in the region, where no object of the host's lies.
        unsafe { copy::copy_in(from.address(), to) }
    }

    #[inline(always)]
    fn copy_in_any(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault> {
        self.check(from, to.len())?;
        // SAFETY: as above.
        unsafe { copy::copy_in_any(from.address(), to) }
    }

    #[inline(always)]
    fn copy_out(&self, to: GuestRange, from: &[u8]) -> Result<(), Fault> {
        self.check(to, from.len())?;
        // SAFETY: the range is in the region, where no object of the host's lies.
        unsafe { copy::copy_out(to.address(), from) }
    }

    #[inline(always)]
    fn probe_write(&self, range: GuestRange) -> Result<(), Fault> {
        if !self.region.holds(range) {
            return Err(Fault);
        }
        // SAFETY: the range is in the region, which does not wrap, and where no object of the host's lies.
        unsafe { copy::probe_write(range.address(), range.size()) }
    }
}

impl AtomicMemory for Guest {
    #[inline(always)]
    fn load_word(&self, word: GuestAtomic<u32>) -> Result<u32, Fault> {
        self.check(word.range(), size_of::<u32>())?;
        // SAFETY: the word is in the region, where no object of the host's lies, and aligned, as its type says.
        unsafe { copy::load_word(word.address()) }
    }

    #[inline(always)]
    fn compare_exchange_word(&self, word: GuestAtomic<u32>, current: u32, new: u32) -> Result<u32, Fault> {
        self.check(word.range(), size_of::<u32>())?;
        // SAFETY: as above.
        unsafe { copy::compare_exchange_word(word.address(), current, new) }
    }
}

impl ReadMemory for Guest {
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        let range = self.region.range(address, into.len() as u64);
        range.is_ok_and(|range| self.copy_in_any(range, into).is_ok())
    }
}
