//! From a number to its entry: an array that grows without moving.

use core::ptr;

use super::sync::{AtomicPtr, Ordering, first_size};

/// How many slots the first chunk has. Each further chunk has twice as many as the one before.
const FIRST: u64 = first_size(64) as u64;

/// As many chunks as all 32-bit numbers need.
const CHUNKS: usize = 33 - FIRST.ilog2() as usize;

/// One pointer for each number, null where the number is not open.
pub(super) struct Slots<E> {
    chunks: [AtomicPtr<AtomicPtr<E>>; CHUNKS],
}

/// The chunk in which a number's slot is, and its index there.
#[inline(always)]
fn place(number: u32) -> (usize, usize) {
    // Counted from `FIRST`, each chunk begins at a power of two.
    let shifted = u64::from(number) + FIRST;
    let chunk = (shifted.ilog2() - FIRST.ilog2()) as usize;
    (chunk, (shifted - (FIRST << chunk)) as usize)
}

fn chunk_length(chunk: usize) -> usize {
    (FIRST << chunk) as usize
}

impl<E> Slots<E> {
    pub(super) fn new() -> Self {
        Slots { chunks: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())) }
    }

    /// The slot of a number, if there is one.
    #[inline(always)]
    pub(super) fn get(&self, number: u32) -> Option<&AtomicPtr<E>> {
        let (chunk, index) = place(number);
        let slots = self.chunks[chunk].load(Ordering::Acquire);
        if slots.is_null() {
            return None;
        }
        // SAFETY: a chunk has a slot for each index that `place` gives, and lives as long as `self`.
        Some(unsafe { &*slots.add(index) })
    }

    /// The slot of a number, made if need be. Under the table's lock.
    pub(super) fn make(&self, number: u32) -> &AtomicPtr<E> {
        if self.get(number).is_none() {
            let (chunk, _) = place(number);
            let empty = |_| AtomicPtr::<E>::new(ptr::null_mut());
            let slots: Box<[_]> = (0..chunk_length(chunk)).map(empty).collect();
            self.chunks[chunk].store(Box::into_raw(slots).cast(), Ordering::Release);
        }
        self.get(number).expect("the chunk was made")
    }

    /// All numbers that have a slot.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        let made = |chunk: &usize| !self.chunks[*chunk].load(Ordering::Acquire).is_null();
        (0..CHUNKS).filter(made).flat_map(|chunk| {
            let start = (FIRST << chunk) - FIRST;
            (start..start + (FIRST << chunk)).map_while(|number| u32::try_from(number).ok())
        })
    }
}

impl<E> Drop for Slots<E> {
    fn drop(&mut self) {
        for (chunk, slots) in self.chunks.iter().enumerate() {
            let slots = slots.load(Ordering::Relaxed);
            if !slots.is_null() {
                // SAFETY: it was made from a box of this length.
                drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(slots, chunk_length(chunk))) });
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_a_place_of_its_own() {
        let edges = (0..=24)
            .flat_map(|chunk| [(FIRST << chunk) - FIRST - u64::from(chunk > 0), (FIRST << chunk) - FIRST]);
        let mut last = None;
        for number in edges.map(|number| number as u32).chain([u32::MAX]) {
            let (chunk, index) = place(number);
            assert!(chunk < CHUNKS && index < chunk_length(chunk), "{number}: {chunk}, {index}");
            assert_eq!((FIRST << chunk) - FIRST + index as u64, u64::from(number));
            assert!(last.is_none_or(|last| last <= (chunk, index)));
            last = Some((chunk, index));
        }
    }
}
