//! Sums by directory.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// How many bytes are in each directory. The empty path is the one where everything begins.
#[derive(Debug, Default)]
pub struct Totals {
    sizes: BTreeMap<Vec<u8>, u64>,
}

impl Totals {
    /// Adds what is in a directory itself.
    pub fn add(&mut self, path: Vec<u8>, size: u64) {
        *self.sizes.entry(path).or_default() += size;
    }

    /// Every directory with what is in it and beneath it, in the order of their names.
    pub fn with_all_beneath(self) -> BTreeMap<Vec<u8>, u64> {
        let mut all = self.sizes.clone();
        for (path, size) in self.sizes {
            let mut rest = &path[..];
            while !rest.is_empty() {
                let end = rest.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                rest = &rest[..end];
                *all.entry(rest.to_vec()).or_default() += size;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beneath_counts_for_all_above() {
        let mut totals = Totals::default();
        for (path, size) in [("", 1), ("a", 20), ("a/b", 300), ("a/b/c", 4000), ("ab", 50_000)] {
            totals.add(path.into(), size);
        }
        let all: Vec<_> = totals.with_all_beneath().into_iter().collect();
        let expected = [("", 54_321), ("a", 4320), ("a/b", 4300), ("a/b/c", 4000), ("ab", 50_000)];
        assert_eq!(all, expected.map(|(path, size)| (Vec::from(path), size)));
    }
}
