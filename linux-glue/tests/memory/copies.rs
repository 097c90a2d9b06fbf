//! Copies to and from pages that are there, are not, or come and go.

use crate::support::{fresh, page, protect, range, space};
use cloudabi_host::memory::{Fault, GuestMemory as _};
use cloudabi_host::types::Mprot;
use cloudabi_linux_glue::memory::AddressSpace;

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
