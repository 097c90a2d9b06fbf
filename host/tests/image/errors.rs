//! Every error, each from an image in which one thing has been changed.

use super::builder::{DYNAMIC, Executable, Header, LOAD, R, THREAD_LOCAL_STORAGE, W, X, load};
use super::model::exercise;
use cloudabi_host::image::{HeaderFault, ImageError, MAXIMUM_SPAN, Machine, ReadAt, read};
use std::collections::BTreeSet;
use std::io;

const PAGE: u64 = 4096;
const INTERPRETER: u32 = 3;

/// What is changed in [`Executable::ordinary`], and the message that this gives.
type Case = (fn(&mut Executable), &'static str);

// Where things are in it.
const HEADERS: usize = 0;
const CODE: usize = 2;
const VARIABLES: usize = 3;
const DYNAMIC_SECTION: usize = 4;
const THREAD_LOCALS: usize = 5;
const STACK: usize = 7;

const FILE_CASES: &[Case] = &[
    (|image| image.length = 0, "the file is too short to be an executable (0 bytes)"),
    (|image| image.length = 63, "the file is too short to be an executable (63 bytes)"),
    (|image| image.identification[1] = b'F', "the file is not an ELF executable"),
    (
        |image| image.identification[5] = 2,
        "the executable is for a big-endian machine; all machines that run CloudABI are little-endian",
    ),
    (|image| image.identification[5] = 0, "the executable has an unknown byte order (0)"),
    (
        |image| image.identification[6] = 0,
        "the executable has version 0 of the ELF format, and only version 1 is known",
    ),
    (
        |image| image.version = 0x101,
        "the executable has version 257 of the ELF format, and only version 1 is known",
    ),
    (
        |image| image.identification[7] = 0,
        "this is an executable for Linux or another Unix-like system, not for CloudABI (its OS ABI is 0 instead of 17)",
    ),
    (
        |image| image.identification[7] = 9,
        "this is an executable for FreeBSD, not for CloudABI (its OS ABI is 9 instead of 17)",
    ),
    (
        |image| image.identification[7] = 99,
        "this is an executable for an unknown system, not for CloudABI (its OS ABI is 99 instead of 17)",
    ),
    (
        |image| {
            image.machine = 3;
            image.identification[4] = 1;
        },
        "this is an executable for i686, and this host runs x86-64",
    ),
    (|image| image.machine = 40, "this is an executable for armv6, and this host runs x86-64"),
    (|image| image.machine = 0x1234, "this is an executable for machine 4660, and this host runs x86-64"),
    (
        |image| image.identification[4] = 1,
        "the executable has 32-bit addresses, and this host runs those with 64 bits",
    ),
    (|image| image.identification[4] = 0, "the executable has an unknown size of addresses (class 0)"),
    (|image| image.file_type = 1, "this is an object file that has not been linked"),
    (
        |image| image.file_type = 2,
        "the executable is linked to fixed addresses; CloudABI programs are position independent (link with -pie)",
    ),
    (|image| image.file_type = 4, "this is a memory dump of a program, not a program"),
    (|image| image.file_type = 0xfe00, "this kind of ELF file (65024) cannot be run"),
    (|image| image.header_size = 52, "the ELF header claims a size of 52 bytes instead of 64"),
    (|image| image.program_header_size = 0, "the program headers claim a size of 0 bytes instead of 56 each"),
    (
        |image| image.program_header_size = 57,
        "the program headers claim a size of 57 bytes instead of 56 each",
    ),
    (|image| image.program_header_count = Some(0), "the executable has no program headers"),
    (
        |image| image.program_header_count = Some(1025),
        "the executable claims 1025 program headers, and at most 1024 are allowed",
    ),
    (
        |image| image.length = 64 + 8 * 56 - 1,
        "the program headers (448 bytes at 0x40) reach past the end of the file (0x1ff bytes)",
    ),
    (
        |image| image.program_header_offset = u64::MAX - 1,
        "the program headers (448 bytes at 0xfffffffffffffffe) reach past the end of the file (0x4028 bytes)",
    ),
    (
        |image| {
            image.headers[STACK] = Header { segment_type: INTERPRETER, offset: u64::MAX, ..load(R, 0, 8) };
        },
        "the executable needs a dynamic linker; CloudABI programs are linked statically",
    ),
    (
        |image| {
            image.headers[STACK] = Header { segment_type: INTERPRETER, ..load(R, 0x600, 8) };
            image.contents.push((0x600, b"/\x1b[1mld\0".to_vec()));
        },
        "the executable needs a dynamic linker (`/\\u{1b}[1mld`); CloudABI programs are linked statically",
    ),
];

const SEGMENT_CASES: &[Case] = &[
    (
        |image| image.length = 0x4027,
        "program header 3 (PT_LOAD): its bytes (0x1028 at 0x3000) reach past the end of the file (0x4027 bytes)",
    ),
    (
        |image| image.headers[CODE].offset = 1 << 63,
        "program header 2 (PT_LOAD): its bytes (0x1014 at 0x8000000000000000) reach past the end of the file \
         (0x4028 bytes)",
    ),
    (
        |image| image.headers[CODE].file_size = u64::MAX,
        "program header 2 (PT_LOAD): its bytes (0xffffffffffffffff at 0x1000) reach past the end of the file \
         (0x4028 bytes)",
    ),
    (
        |image| image.headers[VARIABLES].address = u64::MAX - 0xfff,
        "program header 3 (PT_LOAD): its memory (0x301e bytes at 0xfffffffffffff000) reaches past the end of the \
         address space",
    ),
    (
        // The last byte is in the address space, but its page is followed by no other.
        |image| image.headers[VARIABLES].address = u64::MAX - 0x3fff,
        "program header 3 (PT_LOAD): its memory (0x301e bytes at 0xffffffffffffc000) reaches past the end of the \
         address space",
    ),
    (
        |image| image.headers[CODE].memory_size = 0x1013,
        "program header 2 (PT_LOAD): it has more bytes in the file (0x1014) than in memory (0x1013)",
    ),
    (
        // Not passed over as empty.
        |image| image.headers[CODE].memory_size = 0,
        "program header 2 (PT_LOAD): it has more bytes in the file (0x1014) than in memory (0x0)",
    ),
    (
        |image| image.headers[CODE].alignment = 0x1800,
        "program header 2 (PT_LOAD): its alignment (0x1800) is not a power of two",
    ),
    (
        |image| image.headers[CODE].alignment = 1 << 40,
        "program header 2 (PT_LOAD): its alignment (0x10000000000) is more than 0x1000000000",
    ),
    (
        |image| image.headers[CODE].address += 8,
        "program header 2 (PT_LOAD): its address 0x1008 and its offset in the file 0x1000 are at different places in \
         a page of 0x1000 bytes",
    ),
    (
        |image| image.headers[VARIABLES].flags |= X,
        "program header 3 (PT_LOAD): it is writable and executable at once, which CloudABI does not allow",
    ),
    (
        |image| image.headers.swap(CODE, VARIABLES),
        "program header 3 (PT_LOAD): it begins at 0x1000, before the segment of program header 2; segments must be \
         in ascending order",
    ),
    (
        |image| image.headers[CODE].memory_size = 0x2001,
        "program header 3 (PT_LOAD): it begins at 0x3000, before the end of the segment of program header 2",
    ),
    (
        |image| image.headers[CODE].address = 0,
        "program header 2 (PT_LOAD): it begins at 0x0, before the end of the segment of program header 1",
    ),
    (
        |image| {
            image.headers[CODE].offset = 0xff0;
            image.headers[CODE].address = 0xff0;
        },
        "program header 2 (PT_LOAD): it begins on a page (0x0, 0x1000 bytes) of the segment of program header 1, but \
         wants other access to it (r-x and r--)",
    ),
    (
        |image| image.headers.iter_mut().filter(|h| h.segment_type == LOAD).for_each(|h| h.segment_type = 0),
        "the executable has nothing to load",
    ),
    (
        |image| image.headers[VARIABLES].memory_size = MAXIMUM_SPAN - 0x2fff,
        "the executable takes 0x1000001000 bytes of address space, and at most 0x1000000000 are allowed",
    ),
    (
        |image| image.entry = 0,
        "the entry point 0x0 is not in an executable segment (is this a shared library?)",
    ),
    (
        |image| image.entry = 0x2014,
        "the entry point 0x2014 is not in an executable segment (is this a shared library?)",
    ),
];

const OTHER_CASES: &[Case] = &[
    (
        |image| {
            let copy = image.headers[HEADERS];
            image.headers[STACK] = copy;
        },
        "program header 7 (PT_PHDR): there is more than one of this type",
    ),
    (
        |image| {
            let copy = image.headers[THREAD_LOCALS];
            image.headers[STACK] = copy;
        },
        "program header 7 (PT_TLS): there is more than one of this type",
    ),
    (
        |image| image.headers[STACK].segment_type = DYNAMIC,
        "program header 7 (PT_DYNAMIC): there is more than one of this type",
    ),
    (
        |image| image.headers[HEADERS].address = 0x48,
        "program header 0 (PT_PHDR): the program headers are not at the address 0x48 that it names",
    ),
    (
        |image| image.headers[HEADERS].address = 0x40_0000,
        "program header 0 (PT_PHDR): the program headers are not at the address 0x400000 that it names",
    ),
    (
        |image| image.headers[THREAD_LOCALS].memory_size = 7,
        "program header 5 (PT_TLS): it has more bytes in the file (0x8) than in memory (0x7)",
    ),
    (
        |image| image.headers[THREAD_LOCALS].alignment = 3,
        "program header 5 (PT_TLS): its alignment (0x3) is not a power of two",
    ),
    (
        |image| image.headers[THREAD_LOCALS].memory_size = u64::MAX,
        "program header 5 (PT_TLS): its memory (0xffffffffffffffff bytes at 0x3020) reaches past the end of the \
         address space",
    ),
    (
        |image| image.headers[THREAD_LOCALS].offset = 0x4021,
        "program header 5 (PT_TLS): its bytes (0x8 at 0x4021) reach past the end of the file (0x4028 bytes)",
    ),
    (
        |image| image.headers[THREAD_LOCALS].address = 0x4021,
        "program header 5 (PT_TLS): what it describes (0x8 bytes at 0x4021) is not in a readable segment",
    ),
    (
        |image| image.headers[VARIABLES].flags = W,
        "program header 4 (PT_DYNAMIC): what it describes (0x20 bytes at 0x3000) is not in a readable segment",
    ),
    (
        |image| image.headers[DYNAMIC_SECTION].address = 0x4020,
        "program header 4 (PT_DYNAMIC): what it describes (0x20 bytes at 0x4020) is not in a readable segment",
    ),
    (
        |image| {
            image.length = 0x20000;
            let dynamic = &mut image.headers[DYNAMIC_SECTION];
            (dynamic.file_size, dynamic.memory_size) = (0x10001, 0x10001);
        },
        "program header 4 (PT_DYNAMIC): it is too large (0x10001 bytes, and at most 0x10000 are allowed)",
    ),
    (
        |image| image.dynamic(0x3000, &[(1, 1), (0, 0)]),
        "the executable needs a shared library; CloudABI programs are linked statically",
    ),
    (
        |image| name_library(image, 0x100),
        "the executable needs a shared library (`libm.so`); CloudABI programs are linked statically",
    ),
    (
        // The name's end is not in the table.
        |image| name_library(image, 12),
        "the executable needs a shared library; CloudABI programs are linked statically",
    ),
];

/// Gives the image a dynamic section that names a library, and a table of strings of this size.
fn name_library(image: &mut Executable, size: u64) {
    let dynamic = &mut image.headers[DYNAMIC_SECTION];
    (dynamic.file_size, dynamic.memory_size) = (80, 80);
    image.headers[THREAD_LOCALS] = Header { segment_type: THREAD_LOCAL_STORAGE, ..load(R, 0, 0) };
    image.dynamic(0x3000, &[(5, 0x1f8 + 0x60), (10, size), (1, 5), (0, 0)]);
    image.contents.push((0x258, b"\0ab\0\0libm.so\0".to_vec()));
}

fn error(change: fn(&mut Executable)) -> ImageError {
    let mut image = Executable::ordinary(PAGE);
    change(&mut image);
    exercise(&image.build(), PAGE).expect_err("something is wrong with the image")
}

#[test]
fn each_thing_that_is_wrong_has_its_message() {
    for (change, expected) in FILE_CASES.iter().chain(SEGMENT_CASES).chain(OTHER_CASES) {
        assert_eq!(error(*change).to_string(), *expected);
    }
}

#[test]
fn segments_of_different_protection_share_a_large_page() {
    let error = exercise(&Executable::ordinary(4096).build(), 65536).expect_err("pages are too large");
    assert_eq!(
        error.to_string(),
        "program header 2 (PT_LOAD): it begins on a page (0x0, 0x10000 bytes) of the segment of program header 1, \
         but wants other access to it (r-x and r--)"
    );
}

#[test]
fn executables_for_another_machine() {
    let error = read(&*Executable::ordinary(PAGE).build(), Machine::Aarch64, PAGE).expect_err("not for ARM");
    assert_eq!(error.to_string(), "this is an executable for x86-64, and this host runs aarch64");
}

/// What a file system may say.
struct Broken;

impl ReadAt for Broken {
    fn size(&self) -> io::Result<u64> {
        Ok(1000)
    }

    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::Error::other("the disk is on fire"))
    }
}

#[test]
fn files_that_cannot_be_read() {
    let error = read(&Broken, Machine::X86_64, PAGE).expect_err("nothing can be read");
    assert_eq!(error.to_string(), "the file cannot be read: the disk is on fire");
}

/// A name for each kind of error. Who adds a kind adds it here, and then to the cases.
fn kind(error: &ImageError) -> &'static str {
    match error {
        ImageError::Read(_) => "Read",
        ImageError::TooShort { .. } => "TooShort",
        ImageError::NotElf => "NotElf",
        ImageError::Endianness { .. } => "Endianness",
        ImageError::Version { .. } => "Version",
        ImageError::OsAbi { .. } => "OsAbi",
        ImageError::Machine { .. } => "Machine",
        ImageError::Class { .. } => "Class",
        ImageError::Type { .. } => "Type",
        ImageError::HeaderSize { .. } => "HeaderSize",
        ImageError::ProgramHeaderSize { .. } => "ProgramHeaderSize",
        ImageError::NoProgramHeaders => "NoProgramHeaders",
        ImageError::TooManyProgramHeaders { .. } => "TooManyProgramHeaders",
        ImageError::ProgramHeadersPastEnd { .. } => "ProgramHeadersPastEnd",
        ImageError::NoSegments => "NoSegments",
        ImageError::SpanTooLarge { .. } => "SpanTooLarge",
        ImageError::EntryNotExecutable { .. } => "EntryNotExecutable",
        ImageError::Interpreter { .. } => "Interpreter",
        ImageError::Library { .. } => "Library",
        ImageError::ProgramHeader { fault, .. } => match fault {
            HeaderFault::PastEnd { .. } => "PastEnd",
            HeaderFault::AddressOverflow { .. } => "AddressOverflow",
            HeaderFault::FileLargerThanMemory { .. } => "FileLargerThanMemory",
            HeaderFault::AlignmentNotPowerOfTwo { .. } => "AlignmentNotPowerOfTwo",
            HeaderFault::AlignmentTooLarge { .. } => "AlignmentTooLarge",
            HeaderFault::Misaligned { .. } => "Misaligned",
            HeaderFault::WritableAndExecutable => "WritableAndExecutable",
            HeaderFault::NotAscending { .. } => "NotAscending",
            HeaderFault::Overlap { .. } => "Overlap",
            HeaderFault::SharedPage { .. } => "SharedPage",
            HeaderFault::Duplicate => "Duplicate",
            HeaderFault::OutsideSegments { .. } => "OutsideSegments",
            HeaderFault::NotThere { .. } => "NotThere",
            HeaderFault::TooLarge { .. } => "TooLarge",
        },
    }
}

#[test]
fn each_kind_of_error_has_a_case() {
    let cases = FILE_CASES.iter().chain(SEGMENT_CASES).chain(OTHER_CASES);
    let kinds: BTreeSet<_> = cases.map(|(change, _)| kind(&error(*change))).collect();
    // All but `Read`, which has its own test.
    assert_eq!(kinds.len(), 18 + 14, "{kinds:?}");
}
