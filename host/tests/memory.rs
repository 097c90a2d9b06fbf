//! Address arithmetic against arithmetic in 128 bits, where nothing wraps; and typed places against plain bytes.

use cloudabi_host::memory::{
    Fault, GuestAtomic, GuestMemory, GuestRange, GuestRef, GuestSlice, GuestSliceMut, Region,
};
use proptest::prelude::*;
use std::cell::RefCell;

/// Whether the bytes `address .. address + size` lie in the region, all of them.
fn lies_in(base: u64, length: u64, address: u64, size: u128) -> bool {
    let (base, length, address) = (u128::from(base), u128::from(length), u128::from(address));
    size == 0 || (address >= base && address + size <= base + length)
}

/// Numbers of which many are close to the ends of what 64 bits hold, and to powers of two.
fn edges() -> impl Strategy<Value = u64> {
    let near = (0u32..64, -3i64..=3).prop_map(|(shift, off)| (1u64 << shift).wrapping_add_signed(off));
    let ends = (-3i64..=3).prop_map(|off| 0u64.wrapping_add_signed(off));
    prop_oneof![any::<u64>(), near, ends, 0u64..100]
}

/// A region, and an address that is often near one of its ends.
fn regions() -> impl Strategy<Value = (Region, u64)> {
    let region = (edges(), edges()).prop_filter_map("wraps", |(base, size)| Region::new(base, size));
    let off = prop_oneof![edges(), (-70i64..=70).prop_map(|off| 0u64.wrapping_add_signed(off))];
    (region, off, any::<bool>()).prop_map(|(region, off, end)| {
        let anchor = if end { region.base().wrapping_add(region.size()) } else { region.base() };
        (region, anchor.wrapping_add(off))
    })
}

proptest! {
    #[test]
    fn a_region_exists_exactly_if_it_does_not_wrap(base in edges(), size in edges()) {
        let fits = u128::from(base) + u128::from(size) <= 1 << 64;
        prop_assert_eq!(Region::new(base, size).is_some(), fits);
    }

    #[test]
    fn a_range_is_given_exactly_if_it_lies_in_the_region((region, address) in regions(), size in edges()) {
        let expected = lies_in(region.base(), region.size(), address, u128::from(size));
        let range = region.range(address, size);
        prop_assert_eq!(range.is_ok(), expected);
        if let Ok(range) = range {
            prop_assert_eq!((range.address(), range.size()), (address, size));
            prop_assert!(region.holds(range));
        }
    }

    #[test]
    fn an_array_is_given_exactly_if_it_lies_in_the_region(
        (region, address) in regions(),
        count in edges(),
        size in prop_oneof![0u64..70, edges()],
    ) {
        let bytes = u128::from(count) * u128::from(size);
        let expected = bytes < 1 << 64 && lies_in(region.base(), region.size(), address, bytes);
        prop_assert_eq!(region.array(address, count, size).is_ok(), expected);
    }

    #[test]
    fn slices_have_as_many_elements_as_were_asked_for((region, address) in regions(), count in edges()) {
        let bytes = u128::from(count) * 56;
        let slice = GuestSlice::<[u64; 7]>::new(region, address, count);
        prop_assert_eq!(slice.is_ok(), bytes < 1 << 64 && lies_in(region.base(), region.size(), address, bytes));
        if let Ok(slice) = slice {
            prop_assert_eq!(slice.len(), count);
            prop_assert_eq!(slice.is_empty(), count == 0);
            prop_assert!(slice.get(count).is_none());
            if let Some(last) = count.checked_sub(1) {
                let place = slice.get(last).map(|place| place.range());
                prop_assert_eq!(place.map(|range| range.address()), Some(address.wrapping_add(last * 56)));
            }
        }
    }

    #[test]
    fn a_part_of_a_range_lies_in_it((region, address) in regions(), size in edges(), offset in edges(), part in edges()) {
        if let Ok(range) = region.range(address, size) {
            let expected = u128::from(offset) + u128::from(part) <= u128::from(size);
            let part_of = range.part(offset, part);
            prop_assert_eq!(part_of.is_some(), expected);
            if let Some(part_of) = part_of {
                prop_assert!(region.holds(part_of));
            }
        }
    }

    #[test]
    fn atomic_words_are_aligned((region, address) in regions()) {
        let expected = lies_in(region.base(), region.size(), address, 4) && address % 4 == 0;
        prop_assert_eq!(GuestAtomic::<u32>::new(region, address).is_ok(), expected);
    }
}

/// Memory that is all there.
struct Bytes(RefCell<Vec<u8>>);

const BASE: u64 = 0x1_0000;

impl Bytes {
    fn at(&self, range: GuestRange) -> Result<std::ops::Range<usize>, Fault> {
        if !self.region().holds(range) {
            return Err(Fault);
        }
        let start = if range.is_empty() { 0 } else { (range.address() - BASE) as usize };
        Ok(start..start + range.size() as usize)
    }
}

impl GuestMemory for Bytes {
    fn region(&self) -> Region {
        Region::new(BASE, self.0.borrow().len() as u64).expect("it does not wrap")
    }

    fn copy_in(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault> {
        to.copy_from_slice(self.0.borrow().get(self.at(from)?).ok_or(Fault)?);
        Ok(())
    }

    fn copy_out(&self, to: GuestRange, from: &[u8]) -> Result<(), Fault> {
        let at = self.at(to)?;
        self.0.borrow_mut()[at].copy_from_slice(from);
        Ok(())
    }

    fn probe_write(&self, range: GuestRange) -> Result<(), Fault> {
        self.at(range).map(drop)
    }
}

#[test]
fn values_are_copied_from_any_address() {
    let memory = Bytes(RefCell::new((0..64).collect()));
    for offset in 0..=56 {
        let place = GuestRef::<u64>::new(memory.region(), BASE + offset).expect("it is in memory");
        let expected = u64::from_le_bytes(std::array::from_fn(|index| offset as u8 + index as u8));
        assert_eq!(place.load(&memory), Ok(expected));
        assert_eq!(place.probe(&memory), Ok(()));
    }
    assert_eq!(GuestRef::<u64>::new(memory.region(), BASE + 57), Err(Fault));
    let place = GuestRef::<u32>::new(memory.region(), BASE + 3).expect("it is in memory");
    assert_eq!(place.store(&memory, &0xaabb_ccdd), Ok(()));
    assert_eq!(memory.0.borrow()[2..8], [2, 0xdd, 0xcc, 0xbb, 0xaa, 7]);
}

#[test]
fn slices_are_copied_as_far_as_both_sides_go() {
    let memory = Bytes(RefCell::new((0..16).collect()));
    let slice = GuestSlice::<u16>::new(memory.region(), BASE + 1, 3).expect("it is in memory");
    assert_eq!(slice.iter(&memory).collect::<Vec<_>>(), [Ok(0x0201), Ok(0x0403), Ok(0x0605)]);
    let mut values = [0u16; 5];
    assert_eq!(slice.load(&memory, &mut values), Ok(3));
    assert_eq!(values, [0x0201, 0x0403, 0x0605, 0, 0]);
    let mut values = [0u16; 2];
    assert_eq!(slice.load(&memory, &mut values), Ok(2));
    assert_eq!(values, [0x0201, 0x0403]);

    let slice = GuestSliceMut::<u16>::new(memory.region(), BASE + 4, 2).expect("it is in memory");
    assert_eq!(slice.store(&memory, &[0xffff; 9]), Ok(2));
    assert_eq!(memory.0.borrow()[3..9], [3, 0xff, 0xff, 0xff, 0xff, 8]);

    let nowhere = GuestSliceMut::<u16>::new(memory.region(), 5, 0).expect("it is empty");
    assert_eq!(nowhere.store(&memory, &[1, 2]), Ok(0));
    assert_eq!(nowhere.load(&memory, &mut values), Ok(0));
}

#[test]
fn a_range_from_another_region_is_refused_by_memory_that_checks() {
    let memory = Bytes(RefCell::new(vec![0; 16]));
    let elsewhere = Region::new(0, 1 << 40).expect("it does not wrap");
    let place = GuestRef::<u64>::new(elsewhere, BASE + 12).expect("it is in the other region");
    assert_eq!(place.load(&memory), Err(Fault));
}
