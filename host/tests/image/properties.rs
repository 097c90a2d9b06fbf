//! Properties of all images: what is good by construction is accepted, and whatever is accepted is placed right.

use super::builder::{Executable, Header, R, W, X, load};
use super::model::exercise;
use proptest::prelude::*;

/// Page sizes: real ones, and one for which small files have many pages.
fn page_sizes() -> impl Strategy<Value = u64> {
    prop::sample::select(vec![64, 4096, 16384])
}

/// A segment, by what lies before it, its sizes, its bytes' place in the file, and its protection.
type Shape = (u64, u64, u64, u64, u32);

fn shapes(page_size: u64) -> impl Strategy<Value = Vec<Shape>> {
    let size = || prop_oneof![Just(0), Just(page_size), 0..3 * page_size];
    let flags = prop::sample::select(vec![0, R, W, R | W, R | X, X]);
    prop::collection::vec((size(), size(), size(), 0..3_u64, flags), 1..7)
}

/// The executable that consists of these. Where two segments would share a page, they get the same protection.
fn executable(page_size: u64, shapes: &[Shape]) -> Executable {
    let mut headers: Vec<Header> = Vec::new();
    let mut address = 0;
    for (gap, file_size, zeros, page, flags) in shapes {
        address += gap;
        let memory_size = file_size + zeros;
        if memory_size == 0 {
            continue;
        }
        let flags = match headers.last() {
            Some(last) if (address / page_size) * page_size < address_end(last, page_size) => last.flags,
            _ => *flags,
        };
        let offset = page * page_size + address % page_size;
        headers.push(Header { address, memory_size, ..load(flags, offset, *file_size) });
        address += memory_size;
    }
    // The code comes last, on a page of its own.
    let address = address.next_multiple_of(page_size);
    headers.push(Header { address, ..load(R | X, 0, 10) });
    let mut executable = Executable::of(headers);
    executable.entry = address;
    executable
}

fn address_end(header: &Header, page_size: u64) -> u64 {
    (header.address + header.memory_size).next_multiple_of(page_size)
}

/// A field of an executable, and what to put there.
#[derive(Clone, Debug)]
struct Change {
    position: usize,
    width: usize,
    value: u64,
}

fn changes(length: usize) -> impl Strategy<Value = Vec<Change>> {
    let value = prop_oneof![
        0..10_u64,
        any::<u64>(),
        (0..64_u32).prop_map(|bit| 1 << bit),
        (0..64_u32).prop_map(|bit| (1_u64 << bit).wrapping_sub(1)),
        (0..64_u64).prop_map(|page| page * 64),
        (0..64_u64).prop_map(u64::wrapping_neg),
    ];
    let change = (0..length / 4, prop::sample::select(vec![1, 2, 4, 8]), value)
        .prop_map(|(word, width, value)| Change { position: word * 4, width, value });
    prop::collection::vec(change, 1..6)
}

proptest! {
    #[test]
    fn what_is_good_by_construction_is_placed(
        (page_size, shapes) in page_sizes().prop_flat_map(|size| (Just(size), shapes(size)))
    ) {
        let executable = executable(page_size, &shapes);
        let image = exercise(&executable.build(), page_size);
        prop_assert!(image.is_ok(), "{}", image.unwrap_err());
    }

    #[test]
    fn what_is_accepted_in_spite_of_changes_is_placed(
        (page_size, shapes) in page_sizes().prop_flat_map(|size| (Just(size), shapes(size))),
        changes in changes(512),
    ) {
        let mut file = executable(page_size, &shapes).build();
        for Change { position, width, value } in changes {
            let room = file.get_mut(position..).unwrap_or_default();
            let width = width.min(room.len());
            room[..width].copy_from_slice(&value.to_le_bytes()[..width]);
        }
        if let Err(error) = exercise(&file, page_size) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn what_is_cut_off_is_refused_or_placed(length in 0..600_usize, page_size in page_sizes()) {
        let mut file = Executable::ordinary(64).build();
        file.truncate(length);
        prop_assert!(exercise(&file, page_size).is_err());
    }
}
