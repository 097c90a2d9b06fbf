//! The image as far as it is known when the host is compiled: everything but the code, and where in that the
//! functions are. (System V ABI, chapters 4 and 5; for the hash table, "Hash Table" in chapter 5.)

use super::bytes::{put, put16, put32, put64};
use super::layout::{
    BUCKETS, CODE, DYNAMIC, DYNAMIC_ENTRY, FUNCTIONS, HASH, HEADER, PROGRAM_HEADER, PROGRAM_HEADER_TABLE,
    PROGRAM_HEADERS, Part, SECTION_HEADER, SECTION_HEADERS, SECTION_NAMES, SECTION_STRINGS, SECTION_TABLE,
    STRINGS, SYMBOL, SYMBOL_TABLE, SYMBOLS, UNWIND, UNWIND_HEADER, unwind_entry,
};
use super::unwind;
use crate::table::{CALLS, SYMBOL_PREFIX};

/// What the image says of the processor.
pub(super) struct Machine {
    /// `e_machine`
    pub number: u16,
    /// How functions begin and end.
    pub shape: unwind::Shape,
}

/// x86-64
pub(super) const X86_64: Machine = Machine { number: 62, shape: unwind::X86_64 };

/// aarch64
pub(super) const AARCH64: Machine = Machine { number: 183, shape: unwind::AARCH64 };

/// The processor that the host is compiled for. (For others there is no code.)
pub(super) const HOST: Machine = if cfg!(target_arch = "aarch64") { AARCH64 } else { X86_64 };

/// Everything before the code, for the host's processor.
pub(super) static TEMPLATE: [u8; CODE] = template(&HOST);

/// Everything before the code.
pub(super) const fn template(machine: &Machine) -> [u8; CODE] {
    let mut image = [0; CODE];
    put_file_header(&mut image, machine);
    put_program_headers(&mut image);
    put_symbols(&mut image);
    put_dynamic(&mut image);
    put_unwind(&mut image, &machine.shape);
    put_sections(&mut image);
    image
}

/// The segment that is loaded: `p_filesz` and `p_memsz` are those of the image.
pub(super) const LOAD_SIZES: [usize; 2] = [PROGRAM_HEADER_TABLE.at + 32, PROGRAM_HEADER_TABLE.at + 40];

/// `sh_size` of the section of the code.
pub(super) const CODE_SECTION_SIZE: usize = SECTION_TABLE.at + CODE_SECTION * SECTION_HEADER + 32;

/// Number of the section of the code.
const CODE_SECTION: usize = 7;

const fn put_file_header(image: &mut [u8], machine: &Machine) {
    // 64 bits, little-endian, version 1; the operating system is CloudABI.
    put(image, 0, &[0x7f, b'E', b'L', b'F', 2, 1, 1, 17]);
    put16(image, 16, 3); // ET_DYN
    put16(image, 18, machine.number);
    put32(image, 20, 1); // EV_CURRENT
    put64(image, 32, PROGRAM_HEADER_TABLE.at as u64);
    put64(image, 40, SECTION_TABLE.at as u64);
    put16(image, 52, HEADER as u16);
    put16(image, 54, PROGRAM_HEADER as u16);
    put16(image, 56, PROGRAM_HEADERS as u16);
    put16(image, 58, SECTION_HEADER as u16);
    put16(image, 60, SECTION_HEADERS as u16);
    put16(image, 62, SECTION_HEADERS as u16 - 1);
}

const fn put_program_headers(image: &mut [u8]) {
    const READ: u32 = 4;
    const EXECUTE: u32 = 1;
    let headers: [(u32, u32, Part, u64); PROGRAM_HEADERS] = [
        (1, READ | EXECUTE, Part { at: 0, size: 0 }, 4096), // PT_LOAD, sizes to be filled in
        (2, READ, DYNAMIC, 8),                              // PT_DYNAMIC
        (0x6474_e550, READ, UNWIND_HEADER, 4),              // PT_GNU_EH_FRAME
    ];
    let mut index = 0;
    while index < PROGRAM_HEADERS {
        let at = PROGRAM_HEADER_TABLE.at + index * PROGRAM_HEADER;
        let (kind, flags, part, alignment) = headers[index];
        put32(image, at, kind as usize);
        put32(image, at + 4, flags as usize);
        put64(image, at + 8, part.at as u64);
        put64(image, at + 16, part.at as u64);
        put64(image, at + 24, part.at as u64);
        put64(image, at + 32, part.size as u64);
        put64(image, at + 40, part.size as u64);
        put64(image, at + 48, alignment);
        index += 1;
    }
}

/// Names, symbols without value and size, and the hash table.
const fn put_symbols(image: &mut [u8]) {
    put32(image, HASH.at, BUCKETS);
    put32(image, HASH.at + 4, SYMBOLS);
    let mut name = 1;
    let mut symbol = 1;
    let mut number = 0;
    while number < CALLS.len() {
        if let Some(call) = &CALLS[number] {
            let size = SYMBOL_PREFIX.len() + call.name.len();
            put(image, STRINGS.at + name, SYMBOL_PREFIX.as_bytes());
            put(image, STRINGS.at + name + SYMBOL_PREFIX.len(), call.name.as_bytes());

            let at = SYMBOL_TABLE.at + symbol * SYMBOL;
            put32(image, at, name);
            put(image, at + 4, &[1 << 4 | 2, 0]); // STB_GLOBAL, STT_FUNC; STV_DEFAULT
            put16(image, at + 6, CODE_SECTION as u16);

            // A bucket holds the last symbol of its chain that was added, a symbol's link the one before.
            let bucket = HASH.at + 8 + 4 * (hash(image, STRINGS.at + name, size) as usize % BUCKETS);
            let link = HASH.at + 8 + 4 * (BUCKETS + symbol);
            let previous = [image[bucket], image[bucket + 1], image[bucket + 2], image[bucket + 3]];
            put(image, link, &previous);
            put32(image, bucket, symbol);

            name += size + 1;
            symbol += 1;
        }
        number += 1;
    }
}

/// The hash of a name that stands in the image.
const fn hash(image: &[u8], at: usize, size: usize) -> u32 {
    let mut hash = 0u32;
    let mut index = at;
    while index < at + size {
        hash = (hash << 4).wrapping_add(image[index] as u32);
        let high = hash & 0xf000_0000;
        hash = (hash ^ high >> 24) & !high;
        index += 1;
    }
    hash
}

const fn put_dynamic(image: &mut [u8]) {
    let entries = [
        (4, HASH.at),         // DT_HASH
        (5, STRINGS.at),      // DT_STRTAB
        (6, SYMBOL_TABLE.at), // DT_SYMTAB
        (10, STRINGS.size),   // DT_STRSZ
        (11, SYMBOL),         // DT_SYMENT
        (0, 0),               // DT_NULL
    ];
    let mut index = 0;
    while index < entries.len() {
        let at = DYNAMIC.at + index * DYNAMIC_ENTRY;
        put64(image, at, entries[index].0);
        put64(image, at + 8, entries[index].1 as u64);
        index += 1;
    }
}

/// Unwind tables, without the places of functions.
const fn put_unwind(image: &mut [u8], shape: &unwind::Shape) {
    unwind::put_header(image, UNWIND_HEADER.at, UNWIND.at, FUNCTIONS);
    unwind::put_common(image, shape, UNWIND.at);
    let mut function = 0;
    let mut number = 0;
    while number < CALLS.len() {
        if let Some(call) = &CALLS[number] {
            unwind::put_entry(image, shape, unwind_entry(function), UNWIND.at, !call.noreturn);
            function += 1;
        }
        number += 1;
    }
    // The quick clock comes last.
    unwind::put_entry(image, shape, unwind_entry(function), UNWIND.at, true);
}

const fn put_sections(image: &mut [u8]) {
    const ALLOCATED: u64 = 2;
    const EXECUTABLE: u64 = 4;
    let code = Part { at: CODE, size: 0 };
    // Type, flags, place, linked section, first symbol that is not local, alignment, size of an entry. They have the
    // names in `SECTION_NAMES`, one after the other.
    let sections: [(u32, u64, Part, u32, u32, u64, usize); SECTION_HEADERS] = [
        (0, 0, Part { at: 0, size: 0 }, 0, 0, 0, 0),
        (5, ALLOCATED, HASH, 2, 0, 8, 4),                // SHT_HASH
        (11, ALLOCATED, SYMBOL_TABLE, 3, 1, 8, SYMBOL),  // SHT_DYNSYM
        (3, ALLOCATED, STRINGS, 0, 0, 1, 0),             // SHT_STRTAB
        (6, ALLOCATED, DYNAMIC, 3, 0, 8, DYNAMIC_ENTRY), // SHT_DYNAMIC
        (1, ALLOCATED, UNWIND_HEADER, 0, 0, 4, 0),       // SHT_PROGBITS
        (1, ALLOCATED, UNWIND, 0, 0, 8, 0),
        (1, ALLOCATED | EXECUTABLE, code, 0, 0, 64, 0), // its size is to be filled in
        (3, 0, SECTION_STRINGS, 0, 0, 1, 0),
    ];
    put(image, SECTION_STRINGS.at, SECTION_NAMES);
    let mut name = 0;
    let mut index = 0;
    while index < SECTION_HEADERS {
        let at = SECTION_TABLE.at + index * SECTION_HEADER;
        let (kind, flags, part, link, info, alignment, entry) = sections[index];
        put32(image, at, name);
        put32(image, at + 4, kind as usize);
        put64(image, at + 8, flags);
        put64(image, at + 16, part.at as u64);
        put64(image, at + 24, part.at as u64);
        put64(image, at + 32, part.size as u64);
        put32(image, at + 40, link as usize);
        put32(image, at + 44, info as usize);
        put64(image, at + 48, alignment);
        put64(image, at + 56, entry as u64);
        while SECTION_NAMES[name] != 0 {
            name += 1;
        }
        name += 1;
        index += 1;
    }
}
