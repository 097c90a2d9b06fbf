//! The functions under other names, on the system that this is tested on.

use std::vec;
use std::vec::Vec;

use core::ffi::{c_char, c_int};

use proptest::prelude::*;

unsafe extern "C" {
    fn cloudabi_test_memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
    fn cloudabi_test_memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
    fn cloudabi_test_memset(to: *mut u8, byte: c_int, length: usize) -> *mut u8;
    fn cloudabi_test_memcmp(one: *const u8, other: *const u8, length: usize) -> c_int;
    fn cloudabi_test_bcmp(one: *const u8, other: *const u8, length: usize) -> c_int;
    fn cloudabi_test_strlen(text: *const c_char) -> usize;
}

/// Longer than the longest piece that is treated specially, and some space around it.
const SIZE: usize = 700;

fn bytes() -> Vec<u8> {
    (0..SIZE).map(|index| (index * 7 + index / 256) as u8).collect()
}

#[test]
fn copies_of_each_length_change_nothing_else() {
    for length in 0..600 {
        for (from, to) in [(0, 0), (3, 5), (17, 1)] {
            let source = bytes();
            let mut target = vec![0xaa; SIZE];
            let mut expected = target.clone();
            expected[to..to + length].copy_from_slice(&source[from..from + length]);
            let start = target.as_mut_ptr();
            // SAFETY: both have so many bytes there.
            let result = unsafe { cloudabi_test_memcpy(start.add(to), source.as_ptr().add(from), length) };
            assert!(result == start.wrapping_add(to) && target == expected, "{length} {from} {to}");
        }
    }
}

#[test]
fn pieces_of_each_length_are_filled_and_nothing_else_is() {
    for length in 0..600 {
        let mut target = bytes();
        let mut expected = target.clone();
        expected[7..7 + length].fill(0xf1);
        let start = target.as_mut_ptr();
        // SAFETY: there are so many bytes. Only the lowest eight bits count.
        let result = unsafe { cloudabi_test_memset(start.add(7), 0x3f1, length) };
        assert!(result == start.wrapping_add(7) && target == expected, "{length}");
    }
}

#[test]
fn texts_have_their_lengths() {
    for length in 0..40 {
        let mut text = vec![b'x'; length];
        text.extend(b"\0more");
        // SAFETY: there is a zero.
        assert_eq!(unsafe { cloudabi_test_strlen(text.as_ptr().cast()) }, length);
    }
}

proptest! {
    #[test]
    fn moves_within_the_same_memory(from in 0..300usize, to in 0..300usize, length in 0..400usize) {
        let mut memory = bytes();
        let mut expected = memory.clone();
        expected.copy_within(from..from + length, to);
        let start = memory.as_mut_ptr();
        // SAFETY: both are within the memory.
        let result = unsafe { cloudabi_test_memmove(start.add(to), start.add(from), length) };
        prop_assert_eq!(result, start.wrapping_add(to));
        prop_assert_eq!(memory, expected);
    }

    #[test]
    fn comparisons(one in prop::collection::vec(any::<u8>(), 0..40), at in any::<prop::sample::Index>(), byte: u8) {
        let mut other = one.clone();
        if !other.is_empty() {
            let at = at.index(other.len());
            other[at] = byte;
        }
        // SAFETY: both have so many bytes.
        let (order, equal) = unsafe {
            (
                cloudabi_test_memcmp(one.as_ptr(), other.as_ptr(), one.len()),
                cloudabi_test_bcmp(one.as_ptr(), other.as_ptr(), one.len()),
            )
        };
        prop_assert_eq!(order.cmp(&0), one.cmp(&other));
        prop_assert_eq!(equal == 0, one == other);
    }
}
