//! Unwind tables of functions that all begin and end alike: they save the frame pointer, point it to where they saved
//! it, and undo that just before they return, if they return. (DWARF 5, section 6.4; Linux Standard Base, sections
//! 10.6.1 and 10.6.2.)

use super::bytes::{put, put16, put32};
use core::ops::Range;

/// Size of `.eh_frame_hdr` without its table, and of an entry in that.
pub(super) const HEADER: usize = 12;
pub(super) const HEADER_ENTRY: usize = 8;

/// Size of what is common to all functions (the CIE), of each function's entry (the FDE), and of the zeros at
/// the end.
pub(super) const COMMON: usize = 24;
pub(super) const ENTRY: usize = 36;
pub(super) const TERMINATOR: usize = 4;

/// `DW_EH_PE_pcrel | DW_EH_PE_sdata4`, `DW_EH_PE_udata4`, `DW_EH_PE_datarel | DW_EH_PE_sdata4`
const RELATIVE_TO_PLACE: u8 = 0x1b;
const NUMBER: u8 = 0x03;
const RELATIVE_TO_HEADER: u8 = 0x3b;

/// `DW_CFA_advance_loc2`, with a number of two bytes.
const ADVANCE_LOC2: u8 = 0x03;
/// `DW_CFA_def_cfa`, with register and offset.
const DEF_CFA: u8 = 0x0c;
/// `DW_CFA_def_cfa_register`
const DEF_CFA_REGISTER: u8 = 0x0d;
/// `DW_CFA_def_cfa_offset`
const DEF_CFA_OFFSET: u8 = 0x0e;
/// `DW_CFA_advance_loc`, `DW_CFA_offset` and `DW_CFA_restore` have their operand in the lower six bits.
const ADVANCE_LOC: u8 = 0x40;
const OFFSET: u8 = 0x80;
const RESTORE: u8 = 0xc0;

/// What differs between processors. Registers have their DWARF numbers.
pub(super) struct Shape {
    /// Unit of distances between instructions.
    unit: usize,
    /// The register that holds the return address at first, or the column for it.
    return_column: u8,
    /// What holds in the first instruction.
    initial: &'static [u8],
    /// From the first instruction to the body.
    prologue: &'static [u8],
    /// How far the body is from the first instruction, in bytes.
    prologue_size: usize,
    /// What holds in the instruction that returns.
    epilogue: &'static [u8],
    /// Size of that instruction.
    return_size: usize,
}

/// x86-64
pub(super) const X86_64: Shape = Shape {
    unit: 1,
    return_column: 16,
    initial: &[DEF_CFA, 7, 8, OFFSET | 16, 1],
    // push %rbp; mov %rsp, %rbp
    prologue: &[ADVANCE_LOC | 1, DEF_CFA_OFFSET, 16, OFFSET | 6, 2, ADVANCE_LOC | 3, DEF_CFA_REGISTER, 6],
    prologue_size: 4,
    epilogue: &[DEF_CFA, 7, 8, RESTORE | 6],
    return_size: 1,
};

/// aarch64
pub(super) const AARCH64: Shape = Shape {
    unit: 4,
    return_column: 30,
    initial: &[DEF_CFA, 31, 0],
    // hint #34; stp x29, x30, [sp, #-16]!; mov x29, sp
    prologue: &[
        ADVANCE_LOC | 2,
        DEF_CFA_OFFSET,
        16,
        OFFSET | 29,
        2,
        OFFSET | 30,
        1,
        ADVANCE_LOC | 1,
        DEF_CFA_REGISTER,
        29,
    ],
    prologue_size: 12,
    epilogue: &[DEF_CFA, 31, 0, RESTORE | 29, RESTORE | 30],
    return_size: 4,
};

impl Shape {
    /// Offset in a function's entry of the advance to its last instruction.
    const fn advance(&self) -> usize {
        ENTRY_INSTRUCTIONS + self.prologue.len()
    }
}

/// Offsets in a function's entry.
const ENTRY_BEGIN: usize = 8;
const ENTRY_SIZE: usize = 12;
const ENTRY_INSTRUCTIONS: usize = 17;

/// Writes the head of `.eh_frame_hdr`, for a `.eh_frame` at `frames`.
pub(super) const fn put_header(image: &mut [u8], at: usize, frames: usize, functions: usize) {
    put(image, at, &[1, RELATIVE_TO_PLACE, NUMBER, RELATIVE_TO_HEADER]);
    put32(image, at + 4, frames - (at + 4));
    put32(image, at + 8, functions);
}

/// Writes what is common to all functions.
pub(super) const fn put_common(image: &mut [u8], shape: &Shape, at: usize) {
    put32(image, at, COMMON - 4);
    let (unit, factor) = (shape.unit as u8, 0x78); // -8, a signed LEB128
    put(image, at + 8, &[1, b'z', b'R', 0, unit, factor, shape.return_column, 1, RELATIVE_TO_PLACE]);
    put(image, at + 17, shape.initial);
}

/// Writes a function's entry, but for its place and size.
pub(super) const fn put_entry(image: &mut [u8], shape: &Shape, at: usize, common: usize, returns: bool) {
    put32(image, at, ENTRY - 4);
    put32(image, at + 4, at + 4 - common);
    put(image, at + ENTRY_INSTRUCTIONS, shape.prologue);
    if returns {
        put(image, at + shape.advance(), &[ADVANCE_LOC2]);
        put(image, at + shape.advance() + 3, shape.epilogue);
    }
}

/// Completes the entry at `at` with the place of its function, and the line at `line` of the table in the
/// `.eh_frame_hdr` at `header`.
pub(super) fn place(
    image: &mut [u8],
    shape: &Shape,
    at: usize,
    header: usize,
    line: usize,
    function: &Range<usize>,
) {
    put32(image, at + ENTRY_BEGIN, function.start.wrapping_sub(at + ENTRY_BEGIN));
    put32(image, at + ENTRY_SIZE, function.len());
    let advance = at + shape.advance();
    if image[advance] == ADVANCE_LOC2 {
        let distance = function.len() - shape.return_size - shape.prologue_size;
        put16(image, advance + 1, (distance / shape.unit) as u16);
    }
    put32(image, line, function.start - header);
    put32(image, line + 4, at - header);
}
