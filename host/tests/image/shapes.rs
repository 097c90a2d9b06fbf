//! Good images of every shape.

use super::builder::{
    DYNAMIC, Executable, Header, LOAD, PROGRAM_HEADERS, R, STACK, THREAD_LOCAL_STORAGE, W, X, load,
};
use super::model::exercise;
use cloudabi_host::image::{
    Fill, Image, ImageError, Machine, Mapper, Origin, PlaceError, ReadAt, place, read,
};
use cloudabi_host::types::Mprot;
use std::cell::Cell;
use std::io;

const PAGE: u64 = 4096;

fn good(executable: &Executable) -> Image {
    good_for(executable, PAGE)
}

fn good_for(executable: &Executable, page_size: u64) -> Image {
    exercise(&executable.build(), page_size).unwrap_or_else(|error| panic!("{error}: {executable:x?}"))
}

/// How many calls a mapper gets for an image.
fn calls(image: &Image) -> usize {
    struct Count(usize);
    impl Count {
        fn call(&mut self) -> Result<(), ()> {
            self.0 += 1;
            Ok(())
        }
    }
    impl Mapper for Count {
        type Error = ();
        fn map_file(&mut self, _: u64, _: u64, _: u64, _: Mprot) -> Result<(), ()> {
            self.call()
        }
        fn map_zero(&mut self, _: u64, _: u64, _: Mprot) -> Result<(), ()> {
            self.call()
        }
        fn zero(&mut self, _: u64, _: u64) -> Result<(), ()> {
            self.call()
        }
        fn write(&mut self, _: u64, _: &[u8]) -> Result<(), ()> {
            self.call()
        }
        fn protect(&mut self, _: u64, _: u64, _: Mprot) -> Result<(), ()> {
            self.call()
        }
    }
    let mut count = Count(0);
    place(image, 0, &mut count).expect("0 is a multiple of everything");
    count.0
}

#[test]
fn what_linkers_make() {
    for page_size in [64, 4096, 65536] {
        let image = good_for(&Executable::ordinary(page_size), page_size);
        assert_eq!(image.program_headers, 64);
        assert_eq!(image.program_header_count, 8);
        assert_eq!(image.load_bias(0x7000_0000), 0x7000_0000);
        assert_eq!(calls(&image), 5, "three segments, the end of a page, and the rest of the zeros");
    }
}

#[test]
fn programs_for_larger_pages_run_on_hosts_with_smaller_ones() {
    let image = good(&Executable::ordinary(65536));
    assert_eq!(image.alignment, 65536);
}

#[test]
fn every_machine() {
    let mut executable = Executable::ordinary(PAGE);
    executable.machine = Machine::Aarch64.number();
    good(&executable);
    executable.machine = Machine::HOST.number();
    good(&executable);
}

#[test]
fn segments_share_pages_of_the_file() {
    // Addresses go on where the previous segment ended, a page later.
    let mut executable = Executable::of(vec![
        load(R, 0, 0x345),
        Header { address: 0x1345, ..load(R | X, 0x345, 0x777) },
        Header { address: 0x2abc, memory_size: 0x2000, ..load(R | W, 0xabc, 0x123) },
    ]);
    executable.length = 0xbdf;
    let image = good(&executable);
    assert!(image.areas[..3].iter().all(|area| area.origin == Origin::File { offset: 0 }), "{image:?}");
}

#[test]
fn one_segment() {
    let image = good(&Executable::tiny());
    assert_eq!((image.entry, image.span, image.program_headers), (120, PAGE, 64));
    assert_eq!(calls(&image), 1);
}

#[test]
fn one_segment_that_begins_behind_the_headers() {
    let mut executable = Executable::of(vec![load(R | X, 120, 10)]);
    executable.entry = 121;
    let image = good(&executable);
    assert_eq!(image.program_headers, PAGE, "a copy behind the last segment");
    assert_eq!(image.span, 2 * PAGE);
}

#[test]
fn program_headers_that_nothing_readable_covers_are_copied() {
    let mut many = vec![load(X, 0, 0x3000)];
    many.resize(100, Header { segment_type: STACK, ..load(R | W, 0, 0) });
    let image = good(&Executable::of(many));
    assert_eq!(image.program_headers, 0x3000);
    assert_eq!(image.span, 0x5000, "100 of them take two pages");
}

#[test]
fn program_headers_at_the_end_of_the_file() {
    let mut executable = Executable::of(vec![load(R | X, 0, 0x2000)]);
    executable.program_header_offset = 0x2000 - 56;
    executable.length = 0x2000;
    let image = good(&executable);
    assert_eq!(image.program_headers, 0x2000 - 56);
}

#[test]
fn the_segment_that_pt_phdr_names_is_preferred() {
    // Both segments have the headers. Programs may subtract the named address from the real one.
    let mut executable = Executable::of(vec![
        load(R | X, 0, 0x400),
        Header { address: 0x1000, ..load(R | W, 0, 0x400) },
        Header { segment_type: PROGRAM_HEADERS, address: 0x1040, ..load(R, 64, 168) },
    ]);
    executable.entry = 0x200;
    assert_eq!(good(&executable).program_headers, 0x1040);
}

#[test]
fn segments_without_bytes_in_the_file() {
    for (offset, address) in [(0, 0x2000), (0x123, 0x2ff8), (0, 0x2001)] {
        let zeros = Header { offset, address, memory_size: 0x1234, ..load(R | W, 0, 0) };
        let image = good(&Executable::of(vec![load(R | X, 0, 0x400), zeros]));
        assert_eq!(calls(&image), 2, "one for each segment");
    }
}

#[test]
fn segments_without_memory_are_passed_over() {
    // Wherever they claim to be, and with whatever flags.
    let nothing = Header { address: 0x1_0001, ..load(R | W | X, 0, 0) };
    let image = good(&Executable::of(vec![nothing, load(R | X, 0, 0x400), nothing]));
    assert_eq!(image.segments.len(), 1);
}

#[test]
fn zeros_end_within_a_page() {
    for (file_size, memory_size, expected) in [
        (0x10, 0x20, 3),     // in the page of the last byte: the rest of it is zeroed
        (0x10, 0x1234, 4),   // in a later page
        (0x1000, 0x1234, 3), // the bytes from the file end with a page
        (0x1000, 0x2000, 3), // and so does everything
        (0x1000, 0x1000, 2), // nothing to zero
    ] {
        let variables = Header { memory_size, ..load(R | W, 0x1000, file_size) };
        let image = good(&Executable::of(vec![load(R | X, 0, 0x400), variables]));
        assert_eq!(calls(&image), expected, "{file_size:#x} of {memory_size:#x}");
    }
}

#[test]
fn zeros_in_segments_that_are_not_writable() {
    for flags in [R, R | X, X, 0] {
        let constants = Header { memory_size: 0x1234, ..load(flags, 0x1000, 0x10) };
        let image = good(&Executable::of(vec![load(R | X, 0, 0x400), constants]));
        assert_eq!(calls(&image), 5, "mapped writable, zeroed, protected; then the rest");
    }
}

#[test]
fn memory_that_can_only_be_written_or_not_even_that() {
    let (guard, output) = (load(0, 0x1000, 0x1000), load(W, 0x2000, 0x10));
    good(&Executable::of(vec![load(R | X, 0, 0x400), guard, output]));
}

#[test]
fn images_that_do_not_begin_at_zero() {
    let mut executable = Executable::of(vec![Header { address: 0x40_0000, ..load(R | X, 0, 0x400) }]);
    executable.entry = 0x40_0100;
    let image = good(&executable);
    assert_eq!((image.first_address, image.span, image.entry), (0x40_0000, PAGE, 0x100));
    assert_eq!(image.load_bias(0x1000), 0x1000_u64.wrapping_sub(0x40_0000));
}

#[test]
fn the_last_page_of_the_address_space() {
    let mut executable =
        Executable::of(vec![Header { address: 0xffff_ffff_ffff_e000, ..load(R | X, 0, 0x400) }]);
    executable.entry = 0xffff_ffff_ffff_e100;
    assert_eq!(good(&executable).first_address, 0xffff_ffff_ffff_e000);
}

#[test]
fn large_alignment_is_kept() {
    let code = Header { address: 0x1000, alignment: 0x20_0000, ..load(R | X, 0, 0x400) };
    let image = good(&Executable::of(vec![code]));
    assert_eq!((image.alignment, image.first_address, image.span), (0x20_0000, 0, 0x2000));
}

#[test]
fn the_mark_of_an_executable_stack_is_ignored() {
    let stack = Header { segment_type: STACK, ..load(R | W | X, 0, 0) };
    good(&Executable::of(vec![load(R | X, 0, 0x400), stack]));
}

#[test]
fn sections_without_bytes_are_passed_over() {
    let nothing = load(R, 0x400, 0);
    let dynamic = Header { segment_type: DYNAMIC, address: 0x10_0000, ..nothing };
    let thread_locals = Header { segment_type: THREAD_LOCAL_STORAGE, memory_size: 0x1000, ..dynamic };
    good(&Executable::of(vec![load(R | X, 0, 0x400), dynamic, thread_locals]));
}

#[test]
fn what_follows_the_end_of_the_dynamic_section_does_not_count() {
    let mut executable = Executable::ordinary(PAGE);
    let section = executable.headers[4].offset as usize;
    executable.dynamic(section, &[(0, 0), (1, 5)]);
    good(&executable);
}

#[test]
fn unknown_program_headers_are_ignored() {
    let strange = Header {
        segment_type: 0x6fff_ffff,
        flags: u32::MAX,
        offset: u64::MAX,
        address: u64::MAX,
        file_size: u64::MAX,
        memory_size: 3,
        alignment: 3,
    };
    good(&Executable::of(vec![load(R | X, 0, 0x400), strange]));
}

/// Segments that are pages of 4096 bytes apart, for hosts with larger ones.
fn crowded(flags: [u32; 4]) -> Executable {
    let sizes = [(0x400, 0x400), (0x800, 0xa00), (0, 0x1801), (0x777, 0x777)];
    let headers = flags.iter().zip(sizes).zip([0, 0x1000, 0x2000, 0x4000]).map(|((flags, sizes), offset)| {
        let (file_size, memory_size) = sizes;
        Header { memory_size, ..load(*flags, offset, file_size) }
    });
    let mut executable = Executable::of(headers.collect());
    executable.entry = 0x100;
    executable
}

#[test]
fn segments_share_pages_of_memory() {
    for flags in [R | X, X] {
        let mut executable = crowded([flags; 4]);
        good(&executable);
        let image = good_for(&executable, 65536);
        assert_eq!(image.areas.iter().filter(|area| area.address < 65536).count(), 1);
        // One of them goes on behind the shared page.
        executable.headers[3].memory_size = 0x2_0000;
        good_for(&executable, 65536);
        executable.headers[3].file_size = 0x1_8000;
        executable.length = 0x4000 + 0x1_8000;
        good_for(&executable, 65536);
    }
}

#[test]
fn what_shares_a_page_of_memory_is_copied_byte_by_byte() {
    // The second one's bytes stand elsewhere in the file, so the first one's page has others in their place.
    let mut executable = Executable::of(vec![
        load(R | X, 0, 0x400),
        Header { address: 0x480, memory_size: 0x100, ..load(R | X, 0x1480, 0x40) },
    ]);
    executable.entry = 0x100;
    let image = good(&executable);
    let [area] = &image.areas[..] else { panic!("one page: {image:?}") };
    let bytes = executable.build()[0x1480..0x14c0].to_vec();
    let zeros = Fill::Zero { address: 0x4c0, length: 0xb40 };
    assert_eq!(area.fills, [Fill::Bytes { address: 0x480, bytes }, zeros]);
}

#[test]
fn areas_are_in_order_and_segments_keep_their_numbers() {
    let image = good(&Executable::ordinary(PAGE));
    assert!(image.areas.is_sorted_by_key(|area| area.address));
    assert_eq!(image.segments.iter().map(|segment| segment.index).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(Executable::ordinary(PAGE).headers[1].segment_type, LOAD);
}

#[test]
fn bad_places_are_refused_before_anything_is_mapped() {
    struct Never;
    impl Mapper for Never {
        type Error = &'static str;
        fn map_file(&mut self, _: u64, _: u64, _: u64, _: Mprot) -> Result<(), &'static str> {
            Err("full")
        }
        fn map_zero(&mut self, _: u64, _: u64, _: Mprot) -> Result<(), &'static str> {
            unreachable!()
        }
        fn zero(&mut self, _: u64, _: u64) -> Result<(), &'static str> {
            unreachable!()
        }
        fn write(&mut self, _: u64, _: &[u8]) -> Result<(), &'static str> {
            unreachable!()
        }
        fn protect(&mut self, _: u64, _: u64, _: Mprot) -> Result<(), &'static str> {
            unreachable!()
        }
    }
    let image = good(&Executable::ordinary(65536));
    let (alignment, span) = (65536, image.span);
    let misaligned = PlaceError::Misaligned { base: 0x1000, alignment };
    assert_eq!(place(&image, 0x1000, &mut Never), Err(misaligned.clone()));
    assert_eq!(
        misaligned.to_string(),
        "a program that needs an alignment of 0x10000 was to be placed at 0x1000"
    );
    let base = 0xffff_ffff_ffff_0000;
    let no_room = PlaceError::NoRoom { base, span };
    assert_eq!(place(&image, base, &mut Never), Err(no_room.clone()));
    assert_eq!(
        no_room.to_string(),
        format!("a program of {span:#x} bytes was to be placed at {base:#x}, where there is no room for it")
    );
    // The first thing that goes wrong is the last.
    let error = place(&image, 0, &mut Never);
    assert_eq!(error, Err(PlaceError::Mapper("full")));
    assert_eq!(error.map_err(|error| error.to_string()), Err("the program cannot be mapped: full".into()));
}

/// A file that gives a few bytes at a time, is interrupted, and may be cut off.
struct Stubborn {
    file: Vec<u8>,
    claimed: usize,
    reads: Cell<usize>,
}

impl ReadAt for Stubborn {
    fn size(&self) -> io::Result<u64> {
        Ok(self.claimed as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.reads.set(self.reads.get() + 1);
        if self.reads.get().is_multiple_of(2) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = buffer.len().min(7);
        self.file.read_at(&mut buffer[..length], offset)
    }
}

#[test]
fn files_that_give_a_little_at_a_time() {
    let file = Executable::ordinary(PAGE).build();
    let expected = read(&*file, Machine::X86_64, PAGE).expect("the image is good");
    let stubborn = Stubborn { claimed: file.len(), file, reads: Cell::new(0) };
    assert_eq!(read(&stubborn, Machine::X86_64, PAGE).expect("the image is good"), expected);
}

#[test]
fn files_that_are_cut_off_while_they_are_read() {
    let file = Executable::ordinary(PAGE).build();
    let claimed = file.len();
    for length in [0, 63, 100, 0x1000] {
        let cut = Stubborn { file: file[..length].to_vec(), claimed, reads: Cell::new(0) };
        let error = read(&cut, Machine::X86_64, PAGE).expect_err("bytes are missing");
        assert!(
            matches!(&error, ImageError::Read(error) if error.kind() == io::ErrorKind::UnexpectedEof),
            "{error}"
        );
    }
}
