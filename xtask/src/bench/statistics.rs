//! Several measurements of the same thing.

use std::fmt;

/// The middle of some measurements, and their extremes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// What as many are below as above.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Summary {
    /// Of these measurements. `None` where there are none.
    pub fn of(mut all: Vec<f64>) -> Option<Self> {
        all.sort_unstable_by(f64::total_cmp);
        let (least, greatest) = (*all.first()?, *all.last()?);
        let upper = *all.get(all.len() / 2)?;
        let lower = *all.get((all.len() - 1) / 2)?;
        Some(Summary { median: (lower + upper) / 2.0, least, greatest })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.median < 100.0 { 1 } else { 0 };
        let Summary { median, least, greatest } = self;
        let text = format!("{median:.digits$} ({least:.digits$}–{greatest:.digits$})");
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_extremes() {
        let of = |all: &[f64]| Summary::of(all.to_vec()).map(|s| (s.least, s.median, s.greatest));
        assert_eq!(of(&[3.0, 1.0, 100.0, 2.0, 4.0]), Some((1.0, 3.0, 100.0)));
        assert_eq!(of(&[1.0, 2.0]), Some((1.0, 1.5, 2.0)));
        assert_eq!(of(&[]), None);
    }
}
