//! Pairs of rights.

use crate::types::Rights;

/// What a descriptor carries: rights for itself, and rights for what is made from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RightsPair {
    /// What may be done through the descriptor.
    pub base: Rights,
    /// What may at most be done through descriptors that are made from it.
    pub inheriting: Rights,
}

impl RightsPair {
    /// No rights at all.
    pub const NONE: RightsPair = RightsPair { base: Rights::empty(), inheriting: Rights::empty() };

    /// All rights that there are.
    pub const ALL: RightsPair = RightsPair { base: Rights::all(), inheriting: Rights::all() };

    /// Whether everything in `other` is in here too.
    pub const fn contains(self, other: Self) -> bool {
        self.base.contains(other.base) && self.inheriting.contains(other.inheriting)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        RightsPair {
            base: self.base.intersection(other.base),
            inheriting: self.inheriting.intersection(other.inheriting),
        }
    }
}
