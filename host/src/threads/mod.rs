//! The threads of a program, as far as no system matters.

use crate::types::Tid;

/// The number of a thread, from random bits: not 0, and below 2^30, since the upper two bits of a lock are flags.
pub const fn number(random: u32) -> Tid {
    match random >> 2 {
        0 => Tid(1),
        number => Tid(number),
    }
}

/// Random numbers that a process must not share with the one that it was copied from: what decides about numbers that are
/// chosen later, and a thread's number.
#[derive(Clone, Copy, Debug)]
pub struct Seeds {
    /// For numbers of descriptors.
    pub numbers: u64,
    /// For addresses.
    pub addresses: u64,
    /// For the only thread.
    pub thread: Tid,
}

impl Seeds {
    /// New ones. `fill` fills bytes with what nobody can guess.
    ///
    /// # Errors
    /// What `fill` says.
    pub fn new<E>(fill: impl Fn(&mut [u8]) -> Result<(), E>) -> Result<Seeds, E> {
        let mut bytes = [[0; 8]; 3];
        fill(bytes.as_flattened_mut())?;
        let [numbers, addresses, thread] = bytes.map(u64::from_ne_bytes);
        Ok(Seeds { numbers, addresses, thread: number(thread as u32) })
    }
}

/// How many random numbers are asked for at once.
const SUPPLY: usize = 16;

/// The numbers of threads. They are random, so that threads of different processes that share a lock have different ones.
#[derive(Debug, Default)]
pub struct Numbers {
    /// In ascending order.
    taken: Vec<Tid>,
    /// Random bits for the next ones, so that the system is not asked each time. No other process has the same.
    next: [u32; SUPPLY],
    /// How many of these there are.
    left: usize,
}

impl Numbers {
    fn find(&self, id: Tid) -> Result<usize, usize> {
        self.taken.binary_search_by_key(&id.0, |taken| taken.0)
    }

    /// A new number that no other thread has. `fill` fills bytes with what nobody can guess.
    ///
    /// # Errors
    /// What `fill` says.
    pub fn add<E>(&mut self, fill: impl Fn(&mut [u8]) -> Result<(), E>) -> Result<Tid, E> {
        loop {
            if self.left == 0 {
                let mut bytes = [[0; 4]; SUPPLY];
                fill(bytes.as_flattened_mut())?;
                self.next = bytes.map(u32::from_ne_bytes);
                self.left = self.next.len();
            }
            self.left -= 1;
            let id = number(self.next[self.left]);
            if let Err(place) = self.find(id) {
                self.taken.insert(place, id);
                return Ok(id);
            }
        }
    }

    /// Gives a number back.
    pub fn remove(&mut self, id: Tid) {
        if let Ok(place) = self.find(id) {
            self.taken.remove(place);
        }
    }

    /// Forgets all others, and what is not to be shared with the process that this one was copied from.
    pub fn keep_only(&mut self, id: Tid) {
        self.taken.clear();
        self.taken.push(id);
        self.left = 0;
    }

    /// How many threads there are.
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn numbers_are_in_range_whatever_the_bits() {
        assert_eq!([0, 3, 4, u32::MAX].map(number), [Tid(1), Tid(1), Tid(1), Tid((1 << 30) - 1)]);
    }

    #[test]
    fn no_two_threads_have_the_same_number() {
        // What comes first repeats what was given out before.
        let calls = Cell::new(0_u32);
        let fill = |bytes: &mut [u8]| -> Result<(), ()> {
            calls.set(calls.get() + 1);
            for (at, word) in bytes.chunks_exact_mut(4).enumerate() {
                word.copy_from_slice(&(4 * (1 + at as u32 / 2) + 64 * calls.get()).to_ne_bytes());
            }
            Ok(())
        };
        let mut numbers = Numbers::default();
        let mut given: Vec<u32> = (0..20).map(|_| numbers.add(fill).expect("a number").0).collect();
        given.sort_unstable();
        given.dedup();
        assert_eq!((given.len(), numbers.len()), (20, 20));
        numbers.remove(Tid(given[0]));
        numbers.remove(Tid(given[0]));
        assert_eq!(numbers.len(), 19);
    }

    #[test]
    fn a_copy_of_a_process_asks_for_numbers_of_its_own() {
        let asked = Cell::new(0_u32);
        let fill = |bytes: &mut [u8]| {
            asked.set(asked.get() + 1);
            bytes.fill(asked.get() as u8);
            if asked.get() == 3 { Err("no more") } else { Ok(()) }
        };
        let mut numbers = Numbers::default();
        let first = numbers.add(fill).expect("a number");
        numbers.keep_only(Tid(7));
        assert_ne!(numbers.add(fill), Ok(first));
        assert_eq!((asked.get(), numbers.len()), (2, 2));
        numbers.keep_only(Tid(7));
        assert_eq!(numbers.add(fill), Err("no more"));
    }
}
