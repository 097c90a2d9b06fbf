//! Choosing numbers for new descriptors.
//!
//! A number is chosen at random from a range that depends on how many descriptors there are, and on nothing else:
//! it tells nothing about which descriptors were opened or closed before, or by whom. The range is small, so that
//! programs which try all small numbers find what is open.

use super::Changes;
use super::entry::Entry;
use super::slots::Slots;
use super::sync::{Ordering, first_size};

/// Numbers are chosen below this as long as there are few descriptors.
const FEW: u32 = first_size(32) as u32;

/// A source of random numbers that is cheap and good enough to scatter. The numbers are no secret.
pub(super) struct Numbers {
    state: u64,
}

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Numbers { state: seed }
    }

    /// A number below `bound`. This is SplitMix64.
    fn below(&mut self, bound: u32) -> u32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (((mixed >> 32) * u64::from(bound)) >> 32) as u32
    }
}

impl<O> Changes<O> {
    /// A number that is not open.
    pub(super) fn free_number(&mut self, slots: &Slots<Entry<O>>) -> u32 {
        // At least half of these are free, so that two attempts are enough on average.
        let range = FEW.max(2 * (self.open + 1));
        loop {
            let number = self.numbers.below(range);
            if slots.get(number).is_none_or(|slot| slot.load(Ordering::Relaxed).is_null()) {
                return number;
            }
        }
    }
}
