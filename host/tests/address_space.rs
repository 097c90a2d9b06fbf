//! The record of an address space, against a model that has a value for each page.

use cloudabi_host::address_space::{Intervals, Layout, Wanted, check_mapping, maximum_protection};
use cloudabi_host::memory::{GuestRange, Region};
use cloudabi_host::types::{Errno, Mflags, Mprot, Rights};
use proptest::prelude::*;
use std::ops::Range;

/// How many numbers the model has.
const NUMBERS: u64 = 40;

fn ranges() -> impl Strategy<Value = Range<u64>> {
    (0..NUMBERS, 0..NUMBERS / 2).prop_map(|(begin, size)| begin..(begin + size).min(NUMBERS))
}

/// The ranges that a model stands for: as few as possible.
fn runs(model: &[Option<u8>]) -> Vec<(Range<u64>, u8)> {
    let mut runs: Vec<(Range<u64>, u8)> = Vec::new();
    for (number, value) in (0..).zip(model) {
        let Some(value) = *value else { continue };
        match runs.last_mut() {
            Some((run, last)) if run.end == number && *last == value => run.end += 1,
            _ => runs.push((number..number + 1, value)),
        }
    }
    runs
}

proptest! {
    #[test]
    fn intervals_are_what_a_value_for_each_number_would_be(
        steps in prop::collection::vec((ranges(), prop::option::of(0u8..3)), 0..30),
        question in ranges(),
    ) {
        let mut model = [None; NUMBERS as usize];
        let mut intervals = Intervals::default();
        for (range, value) in steps {
            model[range.start as usize..range.end as usize].fill(value);
            match value {
                Some(value) => intervals.insert(range, value),
                None => intervals.remove(range),
            }
            prop_assert_eq!(intervals.iter().collect::<Vec<_>>(), runs(&model));
        }
        let asked = question.start as usize..question.end as usize;
        prop_assert_eq!(intervals.covers(question.clone()), model[asked.clone()].iter().all(Option::is_some));
        prop_assert_eq!(intervals.is_free(question.clone()), model[asked.clone()].iter().all(Option::is_none));
        let mut only = [None; NUMBERS as usize];
        only[asked.clone()].copy_from_slice(&model[asked]);
        prop_assert_eq!(intervals.within(question.clone()).collect::<Vec<_>>(), runs(&only));
        let before = runs(&model).into_iter().rfind(|(run, _)| run.start < question.start);
        prop_assert_eq!(intervals.before(question.start), before);
    }
}

const PAGE: u64 = 4096;
const BASE: u64 = 0x7000_0000_0000;

fn layout(pages: u64) -> Layout {
    Layout::new(Region::new(BASE, pages * PAGE).expect("it does not wrap"), PAGE).expect("whole pages")
}

/// Numbers that look random and are the same each time.
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn range(layout: &Layout, address: u64, size: u64) -> GuestRange {
    layout.region().range(address, size).expect("it is in the region")
}

/// Maps so many pages wherever there is room.
fn map(layout: &mut Layout, pages: u64, random: &mut dyn FnMut() -> u64) -> Result<u64, Errno> {
    let place = layout.place(Wanted::Near(0), pages * PAGE, random)?;
    assert!(!layout.is_in_use(&place));
    layout.map(&place, Mprot::READ);
    Ok(place.address())
}

#[test]
fn a_region_is_made_of_whole_pages() {
    let region = |base, size| Region::new(base, size).expect("it does not wrap");
    assert!(Layout::new(region(BASE, PAGE), PAGE).is_some());
    assert!(Layout::new(region(BASE + 1, PAGE), PAGE).is_none());
    assert!(Layout::new(region(BASE, PAGE + 1), PAGE).is_none());
    assert!(Layout::new(region(BASE, 3000), 3000).is_none());
}

#[test]
fn every_page_of_a_region_can_be_used_and_then_there_is_no_more() {
    for size in [1, 3, 7] {
        let mut layout = layout(21);
        let mut random = numbers(size);
        while map(&mut layout, size, &mut random).is_ok() {}
        // Places are random, so they may leave gaps that are too small.
        while map(&mut layout, 1, &mut random).is_ok() {}
        assert_eq!(map(&mut layout, 1, &mut random), Err(Errno::NOMEM));
        let whole = BASE..BASE + 21 * PAGE;
        assert_eq!(layout.iter().collect::<Vec<_>>(), [(whole, Mprot::READ)], "neighbours are one");
    }
}

#[test]
fn a_mapping_as_large_as_the_region_fits_and_a_larger_one_does_not() {
    let mut layout = layout(1 << 20);
    let mut random = numbers(1);
    assert_eq!(map(&mut layout, (1 << 20) + 1, &mut random), Err(Errno::NOMEM));
    assert_eq!(layout.place(Wanted::Near(0), u64::MAX, &mut random), Err(Errno::NOMEM));
    assert_eq!(map(&mut layout, 1 << 20, &mut random), Ok(BASE));
}

#[test]
fn places_are_spread_and_have_gaps_around_them() {
    let mut layout = layout(1 << 28);
    let mut random = numbers(7);
    let mut addresses = Vec::new();
    for _ in 0..1000 {
        addresses.push(map(&mut layout, 3, &mut random).expect("room"));
    }
    assert_eq!(layout.len(), 1000, "no two touch");
    let rising = addresses.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((400..600).contains(&rising), "{rising} of 999 pairs rise");
    let mut elsewhere = Layout::new(layout.region(), PAGE).expect("whole pages");
    assert_ne!(map(&mut elsewhere, 3, &mut numbers(8)), Ok(addresses[0]));
}

#[test]
fn large_mappings_are_aligned_for_large_pages() {
    let mut layout = layout(1 << 28);
    for pages in [512, 513, 1 << 20] {
        let address = map(&mut layout, pages, &mut numbers(pages)).expect("room");
        assert!(address.is_multiple_of(2 << 20), "{address:#x}");
    }
}

#[test]
fn very_many_mappings_go_behind_each_other() {
    let mut layout = layout(1 << 28);
    let mut random = numbers(2);
    for _ in 0..100_000 {
        map(&mut layout, 4, &mut random).expect("room");
    }
    assert!(layout.len() < 10_000, "{} separate ranges", layout.len());
}

#[test]
fn a_hint_is_followed_if_there_is_room() {
    let mut layout = layout(100);
    let mut random = numbers(3);
    let mut place = |layout: &mut Layout, hint| {
        let pages = layout.place(Wanted::Near(hint), 2 * PAGE, &mut random).expect("room");
        layout.map(&pages, Mprot::READ);
        pages.address()
    };
    let hint = BASE + 10 * PAGE;
    assert_eq!(place(&mut layout, hint + 5), hint, "rounded down");
    for taken in [hint - PAGE, hint, hint + PAGE] {
        assert_ne!(place(&mut layout, taken), taken);
    }
    for outside in [1, BASE - PAGE, BASE + 99 * PAGE, u64::MAX] {
        let found = place(&mut layout, outside);
        assert!((BASE..=BASE + 98 * PAGE).contains(&found), "{found:#x}");
    }
}

#[test]
fn exact_places_are_in_the_region_and_on_a_page() {
    let mut layout = layout(10);
    let mut place = |address, size| {
        layout.place(Wanted::At(address), size, &mut numbers(0)).map(|pages| (pages.address(), pages.size()))
    };
    assert_eq!(place(BASE, 1), Ok((BASE, PAGE)));
    assert_eq!(place(BASE + 9 * PAGE, PAGE), Ok((BASE + 9 * PAGE, PAGE)));
    assert_eq!(place(BASE, 9 * PAGE + 1), Ok((BASE, 10 * PAGE)));
    assert_eq!(place(BASE + 1, 1), Err(Errno::INVAL));
    for (address, size) in [
        (0, 1),
        (BASE - PAGE, 1),
        (BASE - PAGE, 2 * PAGE),
        (BASE + 10 * PAGE, 1),
        (BASE + 9 * PAGE, PAGE + 1),
        (BASE, u64::MAX),
        (u64::MAX - PAGE + 1, 2 * PAGE),
    ] {
        assert_eq!(place(address, size), Err(Errno::FAULT), "{address:#x}, {size:#x}");
    }
}

#[test]
fn protection_has_limits() {
    let mut layout = layout(10);
    let pages = |layout: &Layout, first: u64, count: u64| {
        layout.pages(range(layout, BASE + first * PAGE, count * PAGE)).expect("whole pages")
    };
    layout.map(&pages(&layout, 2, 2), Mprot::READ | Mprot::WRITE);
    layout.map(&pages(&layout, 4, 2), Mprot::READ | Mprot::EXEC);
    let check = |first, count, prot| layout.check_protect(&pages(&layout, first, count), prot);
    assert_eq!(check(2, 4, Mprot::READ), Ok(()));
    assert_eq!(check(2, 4, Mprot::empty()), Ok(()));
    assert_eq!(check(2, 2, Mprot::WRITE), Ok(()));
    assert_eq!(check(4, 2, Mprot::EXEC), Ok(()));
    assert_eq!(check(2, 3, Mprot::WRITE), Err(Errno::ACCES));
    assert_eq!(check(3, 3, Mprot::EXEC), Err(Errno::ACCES));
    assert_eq!(check(1, 2, Mprot::READ), Err(Errno::NOMEM));
    assert_eq!(check(5, 2, Mprot::READ), Err(Errno::NOMEM));
    assert_eq!(check(2, 1, Mprot::WRITE | Mprot::EXEC), Err(Errno::NOTSUP));
    assert_eq!(check(0, 0, Mprot::READ), Ok(()));
}

#[test]
fn a_range_is_rounded_to_pages_and_begins_with_one() {
    let layout = layout(10);
    let pages = |address, size| {
        layout.pages(range(&layout, address, size)).map(|pages| (pages.address(), pages.size()))
    };
    assert_eq!(pages(BASE + PAGE, 1), Ok((BASE + PAGE, PAGE)));
    assert_eq!(pages(BASE + PAGE, PAGE + 1), Ok((BASE + PAGE, 2 * PAGE)));
    assert_eq!(pages(BASE + PAGE, 9 * PAGE), Ok((BASE + PAGE, 9 * PAGE)));
    assert_eq!(pages(BASE + 8, 1), Err(Errno::INVAL));
    assert_eq!(pages(BASE + 8, 0), Err(Errno::INVAL), "also if it is empty");
    assert_eq!(pages(0, 0).map(|(_, size)| size), Ok(0), "an empty range may be anywhere");
    let elsewhere = Region::new(0, 1 << 20).expect("it does not wrap").range(PAGE, PAGE).expect("in it");
    assert_eq!(layout.pages(elsewhere), Err(Errno::FAULT));
}

#[test]
fn what_is_wrong_with_a_mapping_whatever_is_mapped() {
    let anonymous = Mflags::ANON | Mflags::PRIVATE;
    let check = |size, prot, maximum, flags, offset| check_mapping(PAGE, size, prot, maximum, flags, offset);
    let (all, read) = (Mprot::all(), Mprot::READ);
    let limit = 1 << 63;
    assert_eq!(check(1, read, all, anonymous, 0), Ok(()));
    assert_eq!(check(u64::MAX, read, all, anonymous, 0), Ok(()), "no file, no end in it");
    assert_eq!(check(PAGE - 1, read, all, Mflags::SHARED, limit - PAGE), Ok(()));
    assert_eq!(check(PAGE, read, all, Mflags::SHARED, limit - PAGE), Err(Errno::OVERFLOW));
    assert_eq!(check(1, read, all, Mflags::SHARED, u64::MAX - PAGE + 1), Err(Errno::OVERFLOW));
    assert_eq!(check(u64::MAX, read, all, Mflags::SHARED, PAGE), Err(Errno::OVERFLOW));
    assert_eq!(check(0, read, all, anonymous, 0), Err(Errno::INVAL));
    assert_eq!(check(1, read, all, anonymous, PAGE), Err(Errno::INVAL));
    assert_eq!(check(1, read, all, Mflags::PRIVATE, 1), Err(Errno::INVAL));
    for flags in [Mflags::empty(), Mflags::ANON, anonymous | Mflags::SHARED] {
        assert_eq!(check(1, read, all, flags, 0), Err(Errno::INVAL), "{flags:?}");
    }
    assert_eq!(check(1, Mprot::WRITE | Mprot::EXEC, all, anonymous, 0), Err(Errno::NOTSUP));
    assert_eq!(check(1, Mprot::EXEC, read, anonymous, 0), Err(Errno::ACCES));
}

#[test]
fn rights_give_what_a_mapping_could_have_asked_for() {
    let (read, write, exec) = (Rights::FD_READ, Rights::FD_WRITE, Rights::MEM_MAP_EXEC);
    let none = Mprot::empty();
    for (rights, private, shared) in [
        (Rights::MEM_MAP, none, none),
        (read, Mprot::READ | Mprot::WRITE, Mprot::READ),
        (write, none, none),
        (exec, Mprot::EXEC, Mprot::EXEC),
        (read | write, Mprot::READ | Mprot::WRITE, Mprot::READ | Mprot::WRITE),
        (read | exec, Mprot::all(), Mprot::READ | Mprot::EXEC),
        (write | exec, Mprot::EXEC, Mprot::EXEC),
        (Rights::all(), Mprot::all(), Mprot::all()),
    ] {
        assert_eq!(maximum_protection(rights, Mflags::PRIVATE), private, "private, {rights:?}");
        assert_eq!(maximum_protection(rights, Mflags::SHARED), shared, "shared, {rights:?}");
    }
}
