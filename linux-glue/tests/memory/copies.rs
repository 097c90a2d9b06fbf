//! Copies to and from pages that are there, are not, or come and go.

use crate::support::{file, fresh, of_file, page, protect, range, space};
use cloudabi_host::memory::{Fault, GuestMemory as _, Region};
use cloudabi_host::types::{Mflags, Mprot};
use cloudabi_linux_glue::memory::{AddressSpace, MapRequest};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Sizes around every change of method, and some that span pages.
fn sizes() -> impl Iterator<Item = usize> {
    (0..=140).chain([255, 256, 257, 4095, 4096, 4097, 8191])
}

/// Three pages of which the middle one can be used, and the address of that one.
fn island(space: &AddressSpace, pages: u64) -> u64 {
    let address = space.map(fresh((pages + 2) * page())).expect("memory");
    for edge in [address, address + (pages + 1) * page()] {
        protect(space, edge, page(), Mprot::empty()).expect("a guard");
    }
    address + page()
}

fn pattern(size: usize, seed: usize) -> Vec<u8> {
    (0..size).map(|index| (index * 7 + seed) as u8 | 1).collect()
}

#[test]
fn bytes_arrive_for_every_size_and_alignment() {
    let space = space();
    let guest = space.guest();
    let address = space.map(fresh(4 * page())).expect("memory");
    for size in sizes() {
        for shift in [0, 1, 3, 8] {
            let from = pattern(size, size + shift as usize);
            let (before, place, behind) = (address, address + 1 + shift, address + 1 + shift + size as u64);
            guest.copy_out(range(&space, place, size as u64), &from).expect("writable");
            let mut to = vec![0; size];
            guest.copy_in(range(&space, place, size as u64), &mut to).expect("readable");
            assert_eq!(to, from, "{size} bytes");
            for neighbour in [before, behind] {
                let mut byte = [9];
                guest.copy_in(range(&space, neighbour, 1), &mut byte).expect("readable");
                assert_eq!(byte, [0], "a neighbour of {size} bytes");
            }
            guest.copy_out(range(&space, place, size as u64), &vec![0; size]).expect("writable");
        }
    }
}

/// Where `size` bytes can lie on an island so that so many of them are off it, and on which side.
fn off_the_island(island: u64, pages: u64, size: u64) -> impl Iterator<Item = u64> {
    let end = island + pages * page();
    (1..=size).flat_map(move |off| [island - off, end - size + off])
}

#[test]
fn a_missing_byte_is_a_fault_for_every_size_on_both_sides() {
    let space = space();
    let guest = space.guest();
    let island = island(&space, 1);
    for size in 1..=80 {
        let mut buffer = pattern(size as usize, 3);
        for place in off_the_island(island, 1, size) {
            let place = range(&space, place, size);
            assert_eq!(guest.copy_in(place, &mut buffer), Err(Fault), "{place:?}");
            assert_eq!(guest.copy_out(place, &buffer), Err(Fault), "{place:?}");
            assert_eq!(guest.probe_write(place), Err(Fault), "{place:?}");
        }
        for place in [island, island + page() - size] {
            let place = range(&space, place, size);
            assert_eq!(guest.copy_out(place, &buffer), Ok(()), "{place:?}");
            assert_eq!(guest.copy_in(place, &mut buffer), Ok(()), "{place:?}");
            assert_eq!(guest.probe_write(place), Ok(()), "{place:?}");
        }
    }
}

/// What all three kinds of access say to a range.
fn accesses(space: &AddressSpace, address: u64, size: u64) -> [Result<(), Fault>; 3] {
    let (guest, place) = (space.guest(), range(space, address, size));
    let mut buffer = vec![0; size as usize];
    let copied_in = guest.copy_in(place, &mut buffer);
    // If it could be read, the same is written back.
    [copied_in, guest.probe_write(place), guest.copy_out(place, &buffer)]
}

#[test]
fn memory_to_be_read_cannot_be_written() {
    let space = space();
    let address = space.map(fresh(2 * page())).expect("memory");
    space.guest().copy_out(range(&space, address, 4), &[1, 2, 3, 4]).expect("writable");
    protect(&space, address + page(), page(), Mprot::READ).expect("protection");
    let across = address + page() - 1;
    for size in [1, 2, 4, 8, 16, 24, 40, 100, 2 * page() - 1].map(|size| size.min(page())) {
        assert_eq!(accesses(&space, address + page(), size), [Ok(()), Err(Fault), Err(Fault)]);
        assert_eq!(accesses(&space, address, size), [Ok(()); 3]);
        let expected = if size == 1 { Ok(()) } else { Err(Fault) };
        assert_eq!(accesses(&space, across, size), [Ok(()), expected, expected]);
    }
    protect(&space, address, 2 * page(), Mprot::READ).expect("protection");
    let mut bytes = [0; 4];
    space.guest().copy_in(range(&space, address, 4), &mut bytes).expect("readable");
    assert_eq!(bytes, [1, 2, 3, 4]);
}

#[test]
fn a_page_that_is_missing_in_the_middle_is_found() {
    let space = space();
    let address = space.map(fresh(5 * page())).expect("memory");
    space.unmap(range(&space, address + 2 * page(), page())).expect("unmapped");
    assert_eq!(accesses(&space, address, 5 * page()), [Err(Fault); 3]);
    assert_eq!(accesses(&space, address + 100, 2 * page() - 100), [Ok(()); 3]);
    assert_eq!(accesses(&space, address + 3 * page(), 2 * page()), [Ok(()); 3]);
}

#[test]
fn nothing_is_missing_from_an_empty_range() {
    let space = space();
    for address in [0, 1, space.region().base(), u64::MAX] {
        assert_eq!(accesses(&space, address, 0), [Ok(()); 3]);
    }
}

#[test]
fn ranges_of_other_regions_and_other_sizes_are_refused() {
    let space = space();
    let guest = space.guest();
    let mut word = [0; 4];
    let host = word.as_ptr().addr() as u64;
    let everything = Region::new(0, 1 << 63).expect("it does not wrap");
    let elsewhere = everything.range(host, 4).expect("it is in there");
    assert_eq!(guest.copy_in(elsewhere, &mut [0; 4]), Err(Fault));
    assert_eq!(guest.copy_out(elsewhere, &[1; 4]), Err(Fault));
    assert_eq!(guest.probe_write(elsewhere), Err(Fault));
    let address = space.map(fresh(page())).expect("memory");
    let longer = range(&space, address, 5);
    assert_eq!(guest.copy_in(longer, &mut word), Err(Fault));
    assert_eq!(guest.copy_out(longer, &word), Err(Fault));
}

#[test]
fn pages_of_a_file_that_was_cut_off_are_a_fault() {
    let space = space();
    let file = file(2 * page());
    let address = space.map(of_file(&file, 2 * page())).expect("mapped");
    assert_eq!(accesses(&space, address, 2 * page()), [Ok(()); 3]);
    file.set_len(page()).expect("cut off");
    for size in [1, 2, 4, 8, 16, 33, 100] {
        assert_eq!(accesses(&space, address + page(), size), [Err(Fault); 3]);
        assert_eq!(accesses(&space, address + page() - size, size), [Ok(()); 3]);
    }
    assert_eq!(accesses(&space, address, 2 * page()), [Err(Fault); 3]);
    file.set_len(2 * page()).expect("grown");
    assert_eq!(accesses(&space, address, 2 * page()), [Ok(()); 3]);
}

#[test]
fn probing_changes_nothing_while_others_write() {
    const ROUNDS: u32 = 50_000;
    let space = space();
    let address = space.map(fresh(page())).expect("memory");
    // SAFETY: the word stays mapped and is accessed atomically only, also by the probe.
    let word = unsafe { AtomicU32::from_ptr(core::ptr::with_exposed_provenance_mut(address as usize)) };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                word.fetch_add(0x0101, Ordering::Relaxed);
            }
        });
        for _ in 0..ROUNDS {
            assert_eq!(space.guest().probe_write(range(&space, address, 4)), Ok(()));
        }
    });
    assert_eq!(word.load(Ordering::Relaxed), ROUNDS * 0x0101);
}

#[test]
fn copies_survive_a_thread_that_unmaps() {
    let space = space();
    let (guest, size) = (space.guest(), 2 * page());
    let address = space.map(fresh(size)).expect("memory");
    let finished = AtomicBool::new(false);
    let faults = std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..2000 {
                space.unmap(range(&space, address + page(), page())).expect("unmapped");
                let flags = fresh(0).flags | Mflags::FIXED;
                let again = MapRequest { address: address + page(), flags, ..fresh(page()) };
                assert_eq!(space.map(again), Ok(address + page()));
            }
            finished.store(true, Ordering::Relaxed);
        });
        let mut faults = 0;
        let mut buffer = vec![0; size as usize];
        // The first page stays, so what was copied from there is right in any case.
        let sizes = [2, 16, 24, 64, 100, page()];
        for length in sizes.into_iter().cycle().take_while(|_| !finished.load(Ordering::Relaxed)) {
            let place = range(&space, address + page() - length / 2, length);
            let results = [
                guest.copy_in(place, &mut buffer[..length as usize]),
                guest.copy_out(place, &buffer[..length as usize]),
                guest.probe_write(place),
            ];
            faults += results.iter().filter(|result| result.is_err()).count();
        }
        faults
    });
    println!("{faults} accesses met a missing page");
}
