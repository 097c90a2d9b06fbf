//! Where new mappings go.
//!
//! The wishes contradict each other. Places should be hard to guess, and a run over the end of a mapping should hit
//! nothing, which asks for places spread over the whole region with gaps. But each page of the processor's page
//! tables covers a stretch of addresses, so that mappings far from each other cost kilobytes apiece; and kernels limit
//! how many mappings a process may have, of which neighbours that are alike count as one.
//!
//! So places are random within a window of the region that is chosen at random, with a free page on either side. When
//! a window is full, another one is chosen. Once there are very many mappings, new ones go right behind others.

use super::intervals::Intervals;
use core::ops::Range;

/// How large a window is, in bytes: what one page of page tables of the second level covers on the supported
/// machines with their smallest pages.
const WINDOW: u64 = 1 << 30;

/// Mappings of at least so many bytes are aligned to as many, so that the system can use large pages for them.
const LARGE: u64 = 2 << 20;

/// From how many separate mappings on there are no gaps between new ones. Linux allows 65,530 in all, and counts the
/// gaps too.
const CROWDED: usize = 8192;

/// How many places are tried at random in one range.
const TRIES: u32 = 8;

/// Chooses places.
#[derive(Debug)]
pub(super) struct Placement {
    /// How many pages the region has.
    pages: u64,
    /// Size of a page, in bytes.
    page_size: u64,
    /// Where mappings currently go.
    window: Option<Range<u64>>,
}

impl Placement {
    /// For a region with so many pages of this size.
    pub fn new(pages: u64, page_size: u64) -> Self {
        Placement { pages, page_size, window: None }
    }

    /// Finds the first page of so many that are free. `None` if there is no such place.
    pub fn find<V: Copy + PartialEq>(
        &mut self,
        mapped: &Intervals<V>,
        count: u64,
        random: &mut dyn FnMut() -> u64,
    ) -> Option<u64> {
        if count == 0 || count > self.pages {
            return None;
        }
        let large = (LARGE / self.page_size).max(1);
        let alignment = if count >= large { large } else { 1 };
        let search = Search { mapped, count, alignment, pages: self.pages };
        let window = (WINDOW / self.page_size).max(1).min(self.pages);
        if count <= window / 4 {
            if let Some(current) = &self.window
                && let Some(place) = search.at_random(current, random)
            {
                return Some(place);
            }
            let begin = below(random(), self.pages / window) * window;
            let fresh = begin..begin + window;
            if let Some(place) = search.at_random(&fresh, random) {
                self.window = Some(fresh);
                return Some(place);
            }
        }
        search
            .at_random(&(0..self.pages), random)
            .or_else(|| search.exhaustively(below(random(), self.pages)))
    }
}

/// A search for one place.
struct Search<'m, V> {
    mapped: &'m Intervals<V>,
    count: u64,
    alignment: u64,
    pages: u64,
}

impl<V: Copy + PartialEq> Search<'_, V> {
    /// Tries a few places in this range.
    fn at_random(&self, range: &Range<u64>, random: &mut dyn FnMut() -> u64) -> Option<u64> {
        let places = (range.end - range.start).checked_sub(self.count)? / self.alignment + 1;
        (0..TRIES).find_map(|_| {
            let place = range.start + below(random(), places) * self.alignment;
            if self.mapped.len() >= CROWDED { self.behind_another(place) } else { self.with_gaps(place) }
        })
    }

    /// This place if it is free and so are the pages before and behind it, as far as there are any.
    fn with_gaps(&self, place: u64) -> Option<u64> {
        let around = place.saturating_sub(1)..(place + self.count + 1).min(self.pages);
        self.mapped.is_free(around).then_some(place)
    }

    /// The end of the mapping at or before this place, if there is room.
    fn behind_another(&self, place: u64) -> Option<u64> {
        let (other, _) = self.mapped.before(place + 1)?;
        self.fits(&(other.end..self.pages), 1).or_else(|| self.with_gaps(place))
    }

    /// Looks at every gap, from this page on and then from the beginning.
    fn exhaustively(&self, from: u64) -> Option<u64> {
        let fitting = |alignment| {
            let first = |later: bool| {
                self.gaps()
                    .filter(|gap| (gap.start >= from) == later)
                    .find_map(|gap| self.fits_between(gap.start, gap.end, alignment))
            };
            first(true).or_else(|| first(false))
        };
        fitting(self.alignment).or_else(|| fitting(1))
    }

    /// All pages that are free, in order. Some ranges may be empty.
    fn gaps(&self) -> impl Iterator<Item = Range<u64>> {
        let ends = self.mapped.iter().map(|(range, _)| range.end);
        let begins = self.mapped.iter().map(|(range, _)| range.start);
        core::iter::once(0).chain(ends).zip(begins.chain([self.pages])).map(|(begin, end)| begin..end)
    }

    /// The first place in this range, if it is free.
    fn fits(&self, range: &Range<u64>, alignment: u64) -> Option<u64> {
        let place = self.fits_between(range.start, range.end, alignment)?;
        self.mapped.is_free(place..place + self.count).then_some(place)
    }

    /// The first place between these pages, all of which are free.
    fn fits_between(&self, begin: u64, end: u64, alignment: u64) -> Option<u64> {
        let place = begin.next_multiple_of(alignment);
        (place.checked_add(self.count)? <= end).then_some(place)
    }
}

/// A number below the limit, which is at least 1, made from a random one.
fn below(random: u64, limit: u64) -> u64 {
    ((u128::from(random) * u128::from(limit)) >> 64) as u64
}
