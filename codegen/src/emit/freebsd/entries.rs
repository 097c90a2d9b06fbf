//! The call table as a sequence without holes.

use crate::model::{Call, Model, TombstoneKind};

/// What stands at a place of the call table.
pub enum Entry<'m> {
    /// A call.
    Call(&'m Call),
    /// A number whose call is gone.
    Obsolete {
        /// The number.
        number: u64,
        /// The call that had it.
        name: &'m str,
        /// Why it is gone.
        reason: &'m str,
    },
    /// A number that is kept free on purpose.
    Reserved {
        /// The number.
        number: u64,
        /// Why.
        reason: &'m str,
    },
    /// Numbers that nothing has had so far: from the first up to and including the last.
    Unassigned(u64, u64),
}

/// Every number from 0 to the highest that the definition mentions, in order. FreeBSD's tool accepts no
/// table with holes.
pub fn entries(model: &Model) -> Vec<Entry<'_>> {
    let calls = model.calls.iter().map(|call| (u64::from(call.number), Entry::Call(call)));
    let tombstones = model.tombstones.iter().filter(|t| t.kind == TombstoneKind::Call).filter_map(|t| {
        let (number, reason) = (t.number?, t.reason.as_str());
        Some(match &t.name {
            Some(name) => (number, Entry::Obsolete { number, name, reason }),
            None => (number, Entry::Reserved { number, reason }),
        })
    });
    let mut known: Vec<_> = calls.chain(tombstones).collect();
    known.sort_by_key(|(number, _)| *number);
    let mut entries = Vec::with_capacity(known.len());
    let mut next = 0;
    for (number, entry) in known {
        if number > next {
            entries.push(Entry::Unassigned(next, number - 1));
        }
        // A number that two tombstones name gets one entry.
        if number >= next {
            entries.push(entry);
            next = number + 1;
        }
    }
    entries
}

/// One more than the highest number.
pub fn count(entries: &[Entry<'_>]) -> u64 {
    entries.last().map_or(0, |entry| match entry {
        Entry::Call(call) => u64::from(call.number) + 1,
        Entry::Obsolete { number, .. } | Entry::Reserved { number, .. } => number + 1,
        Entry::Unassigned(_, last) => last + 1,
    })
}
