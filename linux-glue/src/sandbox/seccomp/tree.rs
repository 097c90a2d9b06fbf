//! Telling calls apart by their numbers, with few comparisons and none on the way that is not needed.
//!
//! What becomes of calls changes with their numbers, often for a single one. So numbers are divided into pieces, in each of
//! which the same becomes of all but a few: a tree of comparisons finds the piece, and then the few are looked for.
//! Everything here runs when the host is compiled.

use super::assemble::{AT_LEAST, EQUAL, Filter};

/// Calls are numbered below this.
pub const NUMBERS: usize = 512;

/// How many numbers of a piece may be exceptions.
const EXCEPTIONS: u32 = 2;

/// The most ranges in a piece: what is between exceptions, and the exceptions.
const WIDTH: usize = 2 * EXCEPTIONS as usize + 1;

/// Ranges of numbers of which the same becomes: each from its start to the next one's.
#[derive(Clone, Copy)]
pub struct Ranges {
    starts: [u32; NUMBERS],
    outcomes: [usize; NUMBERS],
    count: usize,
}

impl Ranges {
    /// The ranges of these numbers. The last one has no end.
    pub const fn of(outcomes: &[usize; NUMBERS]) -> Ranges {
        let mut ranges = Ranges { starts: [0; NUMBERS], outcomes: [0; NUMBERS], count: 0 };
        ranges.add(0, outcomes[0]);
        let mut number = 1;
        while number < NUMBERS {
            if outcomes[number] != outcomes[number - 1] {
                ranges.add(number as u32, outcomes[number]);
            }
            number += 1;
        }
        ranges
    }

    /// Adds a range behind all others.
    pub const fn add(&mut self, start: u32, outcome: usize) {
        self.starts[self.count] = start;
        self.outcomes[self.count] = outcome;
        self.count += 1;
    }

    /// How many numbers a range has.
    const fn size(&self, range: usize) -> u32 {
        let end = if range + 1 < self.count { self.starts[range + 1] } else { u32::MAX };
        end - self.starts[range]
    }

    /// How many numbers of some ranges are exceptions, if this is what becomes of the others. At most one more than are allowed.
    const fn exceptions(&self, from: usize, to: usize, usual: usize) -> u32 {
        let mut count = 0;
        let mut range = from;
        while range < to && count <= EXCEPTIONS {
            if self.outcomes[range] != usual {
                count = count.saturating_add(self.size(range));
            }
            range += 1;
        }
        if count > EXCEPTIONS { EXCEPTIONS + 1 } else { count }
    }
}

/// Some ranges, and what becomes of most numbers in them.
#[derive(Clone, Copy)]
struct Piece {
    from: usize,
    to: usize,
    usual: usize,
}

/// Pieces that cover all numbers.
pub struct Tree<'r> {
    ranges: &'r Ranges,
    pieces: [Piece; NUMBERS],
    /// How many pieces there are.
    pub count: usize,
}

impl Tree<'_> {
    /// The one with the fewest comparisons: one for each exception, and one for each piece but the first.
    pub const fn over(ranges: &Ranges) -> Tree<'_> {
        // For the first ranges, so many of them: how many comparisons they need, and the last piece then.
        let mut costs = [u32::MAX; NUMBERS + 1];
        let mut last = [Piece { from: 0, to: 0, usual: 0 }; NUMBERS + 1];
        costs[0] = 0;
        let mut to = 1;
        while to <= ranges.count {
            let mut from = to.saturating_sub(WIDTH);
            while from < to {
                let mut example = from;
                while example < to {
                    let usual = ranges.outcomes[example];
                    let exceptions = ranges.exceptions(from, to, usual);
                    let cost = costs[from] + 1 + exceptions;
                    if exceptions <= EXCEPTIONS && cost < costs[to] {
                        costs[to] = cost;
                        last[to] = Piece { from, to, usual };
                    }
                    example += 1;
                }
                from += 1;
            }
            to += 1;
        }

        let mut tree = Tree { ranges, pieces: [last[0]; NUMBERS], count: 0 };
        let mut end = ranges.count;
        while end > 0 {
            end = last[end].from;
            tree.count += 1;
        }
        let mut index = tree.count;
        end = ranges.count;
        while end > 0 {
            index -= 1;
            tree.pieces[index] = last[end];
            end = last[end].from;
        }
        tree
    }

    /// How many instructions it takes to find out what becomes of a number that is in one of these pieces.
    pub const fn length(&self, from: usize, to: usize) -> usize {
        if to - from == 1 {
            let Piece { from, to, usual } = self.pieces[from];
            return self.ranges.exceptions(from, to, usual) as usize;
        }
        let middle = self.middle(from, to);
        1 + self.length(from, middle) + self.length(middle, to)
    }

    /// The piece to begin the upper half with, so that there are about as many numbers in the lower one.
    const fn middle(&self, from: usize, to: usize) -> usize {
        let end = if to < self.count { self.start(to) } else { NUMBERS as u32 };
        let mut middle = from + 1;
        // From one piece to the next, the lower half grows by as much as the upper one shrinks.
        while middle + 1 < to && self.start(middle) + self.start(middle + 1) <= self.start(from) + end {
            middle += 1;
        }
        middle
    }

    /// The first number of a piece.
    const fn start(&self, piece: usize) -> u32 {
        self.ranges.starts[self.pieces[piece].from]
    }

    /// Adds these instructions. `places` says where to go on for each outcome.
    pub const fn add_to(&self, filter: &mut Filter, from: usize, to: usize, places: &[usize]) {
        if to - from == 1 {
            self.add_piece(filter, &self.pieces[from], places);
            return;
        }
        let middle = self.middle(from, to);
        let low = filter.length() + 1;
        let high = low + self.length(from, middle);
        filter.compare(
            AT_LEAST,
            self.start(middle),
            self.beginning(middle, to, high, places),
            self.beginning(from, middle, low, places),
        );
        self.add_to(filter, from, middle, places);
        self.add_to(filter, middle, to, places);
    }

    /// Where to go on for some pieces, whose instructions, if there are any, are at a place.
    const fn beginning(&self, from: usize, to: usize, place: usize, places: &[usize]) -> usize {
        if self.length(from, to) == 0 { places[self.pieces[from].usual] } else { place }
    }

    /// Looks for the exceptions of a piece.
    const fn add_piece(&self, filter: &mut Filter, piece: &Piece, places: &[usize]) {
        let end = filter.length() + self.ranges.exceptions(piece.from, piece.to, piece.usual) as usize;
        let mut range = piece.from;
        while range < piece.to {
            let outcome = self.ranges.outcomes[range];
            let mut number = self.ranges.starts[range];
            while outcome != piece.usual && number - self.ranges.starts[range] < self.ranges.size(range) {
                let next = filter.length() + 1;
                let other = if next == end { places[piece.usual] } else { next };
                filter.compare(EQUAL, number, places[outcome], other);
                number += 1;
            }
            range += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assemble::{Action, NUMBER, follow};
    use super::*;
    use proptest::prelude::*;

    const ACTIONS: [Action; 3] = [Action::Errno(libc::ENOSYS), Action::Allow, Action::Kill];

    /// The most steps to an answer, and how many instructions there are, after a check of every answer.
    fn check(outcomes: &[usize; NUMBERS]) -> (usize, usize) {
        let mut ranges = Ranges::of(outcomes);
        ranges.add(1000, 2);
        let tree = Tree::over(&ranges);
        let length = 1 + tree.length(0, tree.count);
        let mut filter = Filter::new(length);
        let places = ACTIONS.map(|action| filter.place_of(action));
        filter.load(NUMBER);
        tree.add_to(&mut filter, 0, tree.count, &places);
        let filter = filter.finish(true);
        let mut most = 0;
        for number in (0..1100).chain([u32::MAX]) {
            let (answer, steps) = follow(filter.instructions(), 0, number, [0; 6]);
            let outcome = if number >= 1000 { 2 } else { outcomes[(number as usize).min(NUMBERS - 1)] };
            assert_eq!(answer, ACTIONS[outcome].number(), "{number}");
            most = most.max(steps);
        }
        (most, length)
    }

    #[test]
    fn an_exception_takes_one_comparison() {
        let mut outcomes = [0; NUMBERS];
        assert_eq!(check(&outcomes).1, 2);
        outcomes[7] = 1;
        assert_eq!(check(&outcomes).1, 3);
        outcomes[9] = 2;
        assert_eq!(check(&outcomes).1, 4);
        outcomes[NUMBERS - 1] = 1;
        assert_eq!(check(&outcomes).1, 5, "the last one has no end");
    }

    proptest! {
        #[test]
        fn every_number_has_its_outcome(
            changes in prop::collection::vec((0..NUMBERS, 1..4_usize, 0..3_usize), 0..60),
        ) {
            let mut outcomes = [0; NUMBERS];
            for (start, size, outcome) in changes {
                outcomes[start..(start + size).min(NUMBERS)].fill(outcome);
            }
            let (steps, _) = check(&outcomes);
            prop_assert!(steps <= 12, "{steps} steps");
        }
    }
}
