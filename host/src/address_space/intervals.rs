//! Ranges of numbers with a value each, kept as few ranges as possible.

use core::ops::Range;
use std::collections::BTreeMap;

/// Disjoint ranges of numbers, each with a value. Ranges that touch and have equal values are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intervals<V> {
    /// First number → the number behind the last one, and the value.
    entries: BTreeMap<u64, (u64, V)>,
}

impl<V> Default for Intervals<V> {
    fn default() -> Self {
        Intervals { entries: BTreeMap::new() }
    }
}

impl<V: Copy + PartialEq> Intervals<V> {
    /// How many ranges there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All ranges in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Range<u64>, V)> {
        self.entries.iter().map(|(&begin, &(end, value))| (begin..end, value))
    }

    /// The last range that begins before this number.
    pub fn before(&self, number: u64) -> Option<(Range<u64>, V)> {
        self.entries.range(..number).next_back().map(|(&begin, &(end, value))| (begin..end, value))
    }

    /// The ranges that have a number in this one, in order, cut to it.
    pub fn within(&self, range: Range<u64>) -> impl Iterator<Item = (Range<u64>, V)> {
        let reaching_in =
            self.before(range.start).filter(|(before, _)| before.end > range.start && !range.is_empty());
        let first = reaching_in.map_or(range.start, |(before, _)| before.start);
        self.entries
            .range(first..range.end.max(first))
            .map(move |(&begin, &(end, value))| (begin.max(range.start)..end.min(range.end), value))
    }

    /// Whether no number of this range is in any other one.
    pub fn is_free(&self, range: Range<u64>) -> bool {
        self.within(range).next().is_none()
    }

    /// Whether every number of this range has a value.
    pub fn covers(&self, range: Range<u64>) -> bool {
        let mut next = range.start;
        for (part, _) in self.within(range.clone()) {
            if part.start != next {
                return false;
            }
            next = part.end;
        }
        next >= range.end
    }

    /// Takes the values of these numbers away.
    pub fn remove(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        if let Some((before, value)) = self.before(range.start)
            && before.end > range.start
        {
            self.entries.insert(before.start, (range.start, value));
            if before.end > range.end {
                self.entries.insert(range.end, (before.end, value));
                return;
            }
        }
        while let Some((&begin, &(end, value))) = self.entries.range(range.clone()).next() {
            self.entries.remove(&begin);
            if end > range.end {
                self.entries.insert(range.end, (end, value));
            }
        }
    }

    /// Gives all numbers of this range this value, whatever they had before.
    pub fn insert(&mut self, range: Range<u64>, value: V) {
        if range.is_empty() {
            return;
        }
        self.remove(range.clone());
        let (mut begin, mut end) = (range.start, range.end);
        if let Some((before, other)) = self.before(begin)
            && before.end == begin
            && other == value
        {
            begin = before.start;
        }
        if let Some(&(further, other)) = self.entries.get(&end)
            && other == value
        {
            self.entries.remove(&end);
            end = further;
        }
        self.entries.insert(begin, (end, value));
    }

    /// Takes all values away.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
