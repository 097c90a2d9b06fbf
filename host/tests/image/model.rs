//! What memory must look like once an image has been placed, said as simply as can be, and independently of the
//! loader: this is what the format's specification says, byte by byte.

use super::simulated::{Simulated, merged};
use cloudabi_host::image::{Image, ImageError, MAXIMUM_SPAN, Machine, place, read};
use cloudabi_host::types::Mprot;
use std::ops::Range;

/// Reads a file as a program of whatever machine it is for, and if it is one, places it, and checks everything that
/// can be checked.
pub fn exercise(file: &[u8], page_size: u64) -> Result<Image, ImageError> {
    let is_for_arm = file.get(18) == Some(&(Machine::Aarch64.number() as u8));
    let machine = if is_for_arm { Machine::Aarch64 } else { Machine::X86_64 };
    let image = read(file, machine, page_size)?;
    let memory = placed(file, &image, page_size);
    compare(file, &image, &memory, page_size);
    Ok(image)
}

/// The page sizes of hosts, and one that is nobody's, but with which small files have many pages.
pub const PAGE_SIZES: [u64; 3] = [64, 4096, 65536];

/// Does it for hosts of all page sizes, and prints what is wrong with what is refused.
pub fn exercise_all(file: &[u8]) {
    for page_size in PAGE_SIZES {
        if let Err(error) = exercise(file, page_size) {
            assert!(!error.to_string().contains(char::is_control));
        }
    }
}

/// Where images are placed, if their alignment allows it.
const BASE: u64 = 0x5000_0000_0000;

fn base(image: &Image) -> u64 {
    BASE.next_multiple_of(image.alignment)
}

fn placed<'a>(file: &'a [u8], image: &Image, page_size: u64) -> Simulated<'a> {
    let base = base(image);
    let mut memory = Simulated::new(file, page_size, base..base + image.span);
    place(image, base, &mut memory).expect("the base is good, and simulated memory does not fail");
    memory
}

/// A segment as the file describes it.
struct Loaded {
    flags: u32,
    offset: u64,
    address: u64,
    file_size: u64,
    memory_size: u64,
}

impl Loaded {
    fn pages(&self, page_size: u64) -> Range<u64> {
        let start = self.address - self.address % page_size;
        start..(self.address + self.memory_size).next_multiple_of(page_size)
    }

    fn protection(&self) -> Mprot {
        let flags = [(4, Mprot::READ), (2, Mprot::WRITE), (1, Mprot::EXEC)];
        let given = flags.iter().filter(|(flag, _)| self.flags & flag != 0);
        given.fold(Mprot::empty(), |all, (_, flag)| all.union(*flag))
    }
}

fn number<const N: usize>(file: &[u8], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes[..N].copy_from_slice(&file[offset..offset + N]);
    u64::from_le_bytes(bytes)
}

fn program_headers(file: &[u8]) -> Range<usize> {
    let offset = number::<8>(file, 32) as usize;
    offset..offset + 56 * number::<2>(file, 56) as usize
}

fn loaded(file: &[u8]) -> Vec<Loaded> {
    let headers = program_headers(file).step_by(56).filter(|header| number::<4>(file, *header) == 1);
    let loaded = headers.map(|header| Loaded {
        flags: number::<4>(file, header + 4) as u32,
        offset: number::<8>(file, header + 8),
        address: number::<8>(file, header + 16),
        file_size: number::<8>(file, header + 32),
        memory_size: number::<8>(file, header + 40),
    });
    loaded.filter(|segment| segment.memory_size > 0).collect()
}

/// Compares memory with what the file says.
fn compare(file: &[u8], image: &Image, memory: &Simulated<'_>, page_size: u64) {
    let base = base(image);
    let bias = image.load_bias(base);
    let place = |address: u64| address.wrapping_add(bias);
    let segments = loaded(file);

    // Each byte that a segment has.
    for (index, segment) in segments.iter().enumerate() {
        let start = place(segment.address);
        let file_end = start + segment.file_size;
        let expected = &file[segment.offset as usize..][..segment.file_size as usize];
        assert!(memory.bytes(start..file_end) == expected, "bytes of segment {index} from the file");
        if segment.memory_size == segment.file_size {
            continue;
        }
        // Zeros reach to the end of the page, if nobody else is there.
        let page_end = place(segment.pages(page_size).end);
        let next = segments.get(index + 1).map_or(page_end, |next| place(next.address));
        for range in samples(file_end..page_end.min(next)) {
            assert!(memory.bytes(range).iter().all(|byte| *byte == 0), "zeros of segment {index}");
        }
    }

    // Each page, and no other.
    let pages = segments.iter().map(|segment| {
        let pages = segment.pages(page_size);
        (place(pages.start)..place(pages.end), segment.protection())
    });
    let mut expected: Vec<_> = pages.collect();
    let table = program_headers(file);
    let last = expected.last().map_or(0, |(range, _)| range.end);
    let is_copied = base + image.program_headers >= last;
    if is_copied {
        let size = (table.len() as u64).next_multiple_of(page_size);
        expected.push((last..last + size, Mprot::READ));
    }
    let expected = merged(expected.into_iter());
    let actual = memory.protections();
    assert_eq!(actual, expected);
    assert!(!is_copied || !is_covered(&segments, &table), "program headers are copied without need");

    // What a program is told.
    let headers = base + image.program_headers;
    assert_eq!(usize::from(image.program_header_count) * 56, table.len());
    assert!(memory.bytes(headers..headers + table.len() as u64) == file[table.clone()], "program headers");
    assert!(allows(&actual, headers..headers + table.len() as u64, Mprot::READ));
    let entry = base + image.entry;
    assert_eq!(entry, place(number::<8>(file, 24)));
    assert!(allows(&actual, entry..entry + 1, Mprot::EXEC));
    assert!(image.span <= MAXIMUM_SPAN + 0x10000);
    assert!(image.span.is_multiple_of(page_size) && image.alignment.is_multiple_of(page_size));
    assert!(bias.is_multiple_of(image.alignment), "addresses keep their alignment");
}

/// Whether one segment that can be read has these bytes of the file.
fn is_covered(segments: &[Loaded], range: &Range<usize>) -> bool {
    segments.iter().any(|segment| {
        segment.protection().contains(Mprot::READ)
            && segment.offset <= range.start as u64
            && range.end as u64 <= segment.offset + segment.file_size
    })
}

fn allows(protections: &[(Range<u64>, Mprot)], wanted: Range<u64>, flag: Mprot) -> bool {
    let with = protections.iter().filter(|(_, protection)| protection.contains(flag));
    merged(with.map(|(range, _)| (range.clone(), flag)))
        .iter()
        .any(|(range, _)| range.start <= wanted.start && wanted.end <= range.end)
}

/// A range, or only its beginning and its end if it is large.
fn samples(range: Range<u64>) -> Vec<Range<u64>> {
    const ENOUGH: u64 = 1 << 12;
    if range.is_empty() || range.end - range.start <= 2 * ENOUGH {
        return vec![range];
    }
    vec![range.start..range.start + ENOUGH, range.end - ENOUGH..range.end]
}
