//! Random sequences of `mem_*` calls, held against a model that knows each page, and against what Linux says.

use crate::support::{fresh, page, peek, poke};
use cloudabi_host::types::{Errno, Mflags, Mprot, Msflags};
use cloudabi_linux_glue::faults;
use cloudabi_linux_glue::memory::{AddressSpace, MapRequest};
use proptest::prelude::*;
use proptest::sample::select;
use std::fs::File;
use std::os::fd::AsFd as _;

/// How many pages the region has, and the file.
const PAGES: u64 = 32;

/// A page that is mapped.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Page {
    prot: Mprot,
    maximum: Mprot,
    flags: Mflags,
    /// Its first byte; for a shared page of the file the number of that page.
    content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Content {
    Byte(u8),
    OfFile(u64),
}

/// A call, or an access to the first byte of a page. Places are pages of the region.
#[derive(Clone, Debug)]
enum Step {
    Map { place: u64, pages: u64, prot: Mprot, maximum: Mprot, flags: Mflags, offset: u64 },
    Unmap { place: u64, pages: u64 },
    Protect { place: u64, pages: u64, prot: Mprot },
    Sync { place: u64, pages: u64 },
    Write { place: u64, byte: u8 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let places = || (0..PAGES, 1..=PAGES / 3);
    let prots = || (0u8..8).prop_map(Mprot);
    let flags = select(vec![Mflags::PRIVATE, Mflags::SHARED]);
    let kinds = select(vec![Mflags::empty(), Mflags::ANON, Mflags::ANON]);
    let exactness = select(vec![Mflags::empty(), Mflags::FIXED]);
    let map = (places(), prots(), prots(), flags, kinds, exactness, 0..PAGES).prop_map(
        |((place, pages), prot, maximum, flags, kind, exactness, offset)| Step::Map {
            place,
            pages,
            prot,
            maximum: maximum | if offset % 4 == 0 { Mprot::empty() } else { prot },
            flags: flags | kind | exactness,
            offset: if kind.is_empty() { offset } else { 0 },
        },
    );
    let step = prop_oneof![
        4 => map,
        2 => places().prop_map(|(place, pages)| Step::Unmap { place, pages }),
        4 => (places(), prots()).prop_map(|((place, pages), prot)| Step::Protect { place, pages, prot }),
        1 => places().prop_map(|(place, pages)| Step::Sync { place, pages }),
        3 => (0..PAGES, any::<u8>()).prop_map(|(place, byte)| Step::Write { place, byte }),
    ];
    prop::collection::vec(step, 1..40)
}

/// The region as it ought to be.
struct Model {
    base: u64,
    pages: [Option<Page>; PAGES as usize],
    file: [u8; PAGES as usize],
}

impl Model {
    /// The pages of a range, or what is wrong with the range.
    fn pages(&mut self, place: u64, pages: u64) -> Result<&mut [Option<Page>], Errno> {
        self.pages.get_mut(place as usize..(place + pages) as usize).ok_or(Errno::FAULT)
    }

    /// What a call must answer before it looks for a place.
    fn check(prot: Mprot, maximum: Mprot) -> Result<(), Errno> {
        match () {
            () if prot.contains(Mprot::WRITE | Mprot::EXEC) => Err(Errno::NOTSUP),
            () if !maximum.contains(prot) => Err(Errno::ACCES),
            () => Ok(()),
        }
    }

    fn protect(&mut self, place: u64, pages: u64, prot: Mprot) -> Result<(), Errno> {
        let pages = self.pages(place, pages)?;
        Self::check(prot, Mprot::all())?;
        let maximum = pages
            .iter()
            .try_fold(Mprot::all(), |least, page| page.map(|page| least.intersection(page.maximum)))
            .ok_or(Errno::NOMEM)?;
        Self::check(prot, maximum)?;
        pages.iter_mut().flatten().for_each(|page| page.prot = prot);
        Ok(())
    }

    fn write(&mut self, place: u64, byte: u8) -> Result<(), Errno> {
        let page = self.pages[place as usize].as_mut().ok_or(Errno::FAULT)?;
        if !page.prot.contains(Mprot::WRITE) {
            return Err(Errno::FAULT);
        }
        match page.content {
            Content::OfFile(number) if page.flags.contains(Mflags::SHARED) => {
                self.file[number as usize] = byte;
            }
            _ => page.content = Content::Byte(byte),
        }
        Ok(())
    }

    fn byte(&self, page: Page) -> u8 {
        match page.content {
            Content::Byte(byte) => byte,
            Content::OfFile(number) => self.file[number as usize],
        }
    }
}

/// A request for what the model's numbers mean.
fn request<'a>(file: &'a File, base: u64, step: &Step) -> Option<MapRequest<'a>> {
    let Step::Map { place, pages, prot, maximum, flags, offset } = *step else { return None };
    let of_file = !flags.contains(Mflags::ANON);
    Some(MapRequest {
        address: base + place * page(),
        prot,
        maximum,
        flags,
        file: of_file.then(|| file.as_fd()),
        offset: offset * page(),
        ..fresh(pages * page())
    })
}

/// Makes a step in both worlds.
fn step(space: &AddressSpace, file: &File, model: &mut Model, step: &Step) -> Result<(), TestCaseError> {
    let base = model.base;
    let address = |place| base + place * page();
    let whole = space.region();
    let range_of = |place: u64, pages: u64| whole.range(address(place), pages * page());
    match *step {
        Step::Map { place, pages, prot, maximum, flags, offset } => {
            let Some(request) = request(file, base, step) else { return Ok(()) };
            let result = space.map(request);
            let checked = Model::check(prot, maximum);
            if checked.is_err() || (flags.contains(Mflags::FIXED) && place + pages > PAGES) {
                prop_assert_eq!(result, checked.and(Err(Errno::FAULT)));
                return Ok(());
            }
            let longest_gap = model.pages.split(Option::is_some).map(<[_]>::len).max().unwrap_or(0);
            let Ok(result) = result else {
                prop_assert_eq!(result, Err(Errno::NOMEM));
                prop_assert!(!flags.contains(Mflags::FIXED) && (longest_gap as u64) < pages);
                return Ok(());
            };
            let found = (result - base) / page();
            let is_free = |pages: &[Option<Page>]| pages.iter().all(Option::is_none);
            if flags.contains(Mflags::FIXED) || model.pages(place, pages).is_ok_and(|pages| is_free(pages)) {
                prop_assert_eq!(found, place);
            } else {
                prop_assert!(is_free(model.pages(found, pages).expect("it is in the region")));
            }
            for (number, page) in (offset..).zip(model.pages(found, pages).expect("it is in the region")) {
                let anonymous = flags.contains(Mflags::ANON);
                let content = if anonymous { Content::Byte(0) } else { Content::OfFile(number) };
                *page = Some(Page { prot, maximum, flags, content });
            }
        }
        Step::Unmap { place, pages } => {
            let expected = model.pages(place, pages).map(|pages| pages.fill(None));
            let result = range_of(place, pages).map_err(Errno::from).and_then(|range| space.unmap(range));
            prop_assert_eq!(result, expected);
        }
        Step::Protect { place, pages, prot } => {
            let expected = model.protect(place, pages, prot);
            let result = range_of(place, pages).map_err(Errno::from);
            prop_assert_eq!(result.and_then(|range| space.protect(range, prot)), expected);
        }
        Step::Sync { place, pages } => {
            let expected = model
                .pages(place, pages)
                .and_then(|pages| if pages.iter().all(Option::is_some) { Ok(()) } else { Err(Errno::NOMEM) });
            let result = range_of(place, pages).map_err(Errno::from);
            prop_assert_eq!(result.and_then(|range| space.sync(range, Msflags::ASYNC)), expected);
        }
        Step::Write { place, byte } => {
            prop_assert_eq!(poke(space, address(place), byte), model.write(place, byte));
        }
    }
    Ok(())
}

/// The permissions that Linux shows for each page from this one on; `None` where nothing is mapped.
fn permissions(base: u64) -> [Option<String>; PAGES as usize] {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the process's mappings");
    let mut pages = [const { None }; PAGES as usize];
    for line in maps.lines() {
        let (bounds, rest) = line.split_once(' ').expect("bounds");
        let (begin, end) = bounds.split_once('-').expect("two of them");
        let number = |text| u64::from_str_radix(text, 16).expect("a number");
        let mapped = number(begin)..number(end);
        for (address, page) in (base..).step_by(page() as usize).zip(&mut pages) {
            if mapped.contains(&address) {
                *page = rest.get(..4).map(str::to_owned);
            }
        }
    }
    pages
}

/// The permissions that Linux ought to show.
fn expected_permissions(page: Option<Page>) -> String {
    let Some(page) = page else { return "---p".to_owned() };
    let letter = |flags, letter| if page.prot.intersects(flags) { letter } else { '-' };
    let sharing = if page.flags.contains(Mflags::SHARED) { 's' } else { 'p' };
    // What can be written can be read.
    let letters = [
        letter(Mprot::READ | Mprot::WRITE, 'r'),
        letter(Mprot::WRITE, 'w'),
        letter(Mprot::EXEC, 'x'),
        sharing,
    ];
    letters.iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn calls_do_what_a_model_of_pages_does(steps in steps()) {
        faults::install().expect("a handler");
        // Each case has a region of its own. It is not given back, but it is tiny.
        let space = AddressSpace::reserve_at_most(PAGES * page()).expect("a region");
        let file = crate::support::file(2 * PAGES * page());
        let base = space.region().base();
        prop_assert_eq!(space.region().size(), PAGES * page());
        let mut model = Model { base, pages: [None; _], file: [0; _] };
        // A mapping may reach beyond what the model knows of the file, where nobody writes.
        for made in &steps {
            if let Step::Map { pages, offset, .. } = made && offset + pages > PAGES {
                continue;
            }
            step(&space, &file, &mut model, made)?;
            let maximums: Vec<_> = model.pages.iter().map(|page| page.map(|page| page.maximum)).collect();
            for (index, (shown, page)) in permissions(base).into_iter().zip(model.pages).enumerate() {
                prop_assert_eq!(shown, Some(expected_permissions(page)), "page {} after {:?}", index, made);
                let address = base + index as u64 * self::page();
                match page {
                    Some(page) if page.prot.intersects(Mprot::READ | Mprot::WRITE) => {
                        prop_assert_eq!(peek(&space, address), Ok(model.byte(page)), "page {}", index);
                    }
                    Some(page) if page.prot.contains(Mprot::EXEC) => {}
                    _ => prop_assert_eq!(peek(&space, address), Err(Errno::FAULT), "page {}", index),
                }
            }
            let recorded: Vec<_> = (0..PAGES).map(|index| base + index * page()).map(|address| {
                space.mapped().into_iter().find(|(range, _)| range.contains(&address)).map(|(_, maximum)| maximum)
            }).collect();
            prop_assert_eq!(recorded, maximums);
        }
    }
}
