//! What can be wrong with an executable.

use super::names::{MachineName, Protection, Quoted, SegmentType, System};
use super::{MAXIMUM_DYNAMIC_SIZE, MAXIMUM_PROGRAM_HEADER_COUNT, MAXIMUM_SPAN, Machine, OS_ABI};
use crate::types::Mprot;
use std::io;
use thiserror::Error;

/// Why a file is not a program that this host runs.
///
/// Each prints as the second half of a sentence like "cannot start `a.out`: …".
#[derive(Debug, Error)]
pub enum ImageError {
    /// The host could not read the file.
    #[error("the file cannot be read: {0}")]
    Read(#[source] io::Error),
    /// There is no room for an ELF header.
    #[error("the file is too short to be an executable ({size} bytes)")]
    TooShort {
        /// How many bytes it has.
        size: u64,
    },
    /// The four bytes that begin each ELF file are missing.
    #[error("the file is not an ELF executable")]
    NotElf,
    /// `EI_DATA` is not little-endian.
    #[error("{}", match .endianness {
        2 => "the executable is for a big-endian machine; all machines that run CloudABI are little-endian".to_owned(),
        endianness => format!("the executable has an unknown byte order ({endianness})"),
    })]
    Endianness {
        /// What it is.
        endianness: u8,
    },
    /// `EI_VERSION` or `e_version` is not 1.
    #[error("the executable has version {version} of the ELF format, and only version 1 is known")]
    Version {
        /// What it is.
        version: u32,
    },
    /// `EI_OSABI` is not [`super::OS_ABI`].
    #[error(
        "this is an executable for {}, not for CloudABI (its OS ABI is {os_abi} instead of {OS_ABI})",
        System(*.os_abi)
    )]
    OsAbi {
        /// What it is.
        os_abi: u8,
    },
    /// `e_machine` is not the host's.
    #[error("this is an executable for {}, and this host runs {host}", MachineName(*.machine))]
    Machine {
        /// What it is.
        machine: u16,
        /// What it should be.
        host: Machine,
    },
    /// `EI_CLASS` does not go with the machine.
    #[error("{}", match .class {
        1 => "the executable has 32-bit addresses, and this host runs those with 64 bits".to_owned(),
        class => format!("the executable has an unknown size of addresses (class {class})"),
    })]
    Class {
        /// What it is.
        class: u8,
    },
    /// `e_type` is not `ET_DYN`.
    #[error("{}", match .file_type {
        1 => "this is an object file that has not been linked".to_owned(),
        2 => "the executable is linked to fixed addresses; CloudABI programs are position independent (link with \
              -pie)".to_owned(),
        4 => "this is a memory dump of a program, not a program".to_owned(),
        file_type => format!("this kind of ELF file ({file_type}) cannot be run"),
    })]
    Type {
        /// What it is.
        file_type: u16,
    },
    /// `e_ehsize` is not what it is in 64-bit files.
    #[error("the ELF header claims a size of {size} bytes instead of 64")]
    HeaderSize {
        /// What it is.
        size: u16,
    },
    /// `e_phentsize` is not what it is in 64-bit files.
    #[error("the program headers claim a size of {size} bytes instead of 56 each")]
    ProgramHeaderSize {
        /// What it is.
        size: u16,
    },
    /// `e_phnum` is 0, as in object files.
    #[error("the executable has no program headers")]
    NoProgramHeaders,
    /// `e_phnum` is more than any linker makes.
    #[error(
        "the executable claims {count} program headers, and at most {MAXIMUM_PROGRAM_HEADER_COUNT} are allowed"
    )]
    TooManyProgramHeaders {
        /// What it is.
        count: u16,
    },
    /// The program headers are not all in the file.
    #[error(
        "the program headers ({size} bytes at {offset:#x}) reach past the end of the file ({file_size:#x} bytes)"
    )]
    ProgramHeadersPastEnd {
        /// `e_phoff`.
        offset: u64,
        /// How many bytes they have.
        size: u64,
        /// How many bytes the file has.
        file_size: u64,
    },
    /// Something is wrong with one program header, or with what it describes.
    #[error("program header {index} ({}): {fault}", SegmentType(*.segment_type))]
    ProgramHeader {
        /// Which one, counted from 0.
        index: usize,
        /// `p_type`.
        segment_type: u32,
        /// What is wrong with it.
        fault: HeaderFault,
    },
    /// There is no segment with memory.
    #[error("the executable has nothing to load")]
    NoSegments,
    /// The segments lie too far apart.
    #[error(
        "the executable takes {span:#x} bytes of address space, and at most {MAXIMUM_SPAN:#x} are allowed"
    )]
    SpanTooLarge {
        /// From the beginning of the first to the end of the last.
        span: u64,
    },
    /// `e_entry` is in no executable segment.
    #[error("the entry point {entry:#x} is not in an executable segment (is this a shared library?)")]
    EntryNotExecutable {
        /// What it is.
        entry: u64,
    },
    /// There is a `PT_INTERP`.
    #[error("the executable needs a dynamic linker{}; CloudABI programs are linked statically", Quoted(.path))]
    Interpreter {
        /// The path, if it can be read.
        path: Option<String>,
    },
    /// There is a `DT_NEEDED`.
    #[error("the executable needs a shared library{}; CloudABI programs are linked statically", Quoted(.name))]
    Library {
        /// Its name, if it can be read.
        name: Option<String>,
    },
}

/// What is wrong with a program header, or with what it describes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeaderFault {
    /// `p_offset` and `p_filesz` are not in the file.
    #[error("its bytes ({size:#x} at {offset:#x}) reach past the end of the file ({file_size:#x} bytes)")]
    PastEnd {
        /// `p_offset`.
        offset: u64,
        /// `p_filesz`.
        size: u64,
        /// How many bytes the file has.
        file_size: u64,
    },
    /// `p_vaddr` and `p_memsz` are not in the address space.
    #[error("its memory ({size:#x} bytes at {address:#x}) reaches past the end of the address space")]
    AddressOverflow {
        /// `p_vaddr`.
        address: u64,
        /// `p_memsz`.
        size: u64,
    },
    /// `p_filesz` is more than `p_memsz`.
    #[error("it has more bytes in the file ({file_size:#x}) than in memory ({memory_size:#x})")]
    FileLargerThanMemory {
        /// `p_filesz`.
        file_size: u64,
        /// `p_memsz`.
        memory_size: u64,
    },
    /// `p_align` is not a power of two.
    #[error("its alignment ({alignment:#x}) is not a power of two")]
    AlignmentNotPowerOfTwo {
        /// `p_align`.
        alignment: u64,
    },
    /// `p_align` is more than an image's whole span may be.
    #[error("its alignment ({alignment:#x}) is more than {MAXIMUM_SPAN:#x}")]
    AlignmentTooLarge {
        /// `p_align`.
        alignment: u64,
    },
    /// `p_vaddr` and `p_offset` are not at the same place in a page.
    #[error(
        "its address {address:#x} and its offset in the file {offset:#x} are at different places in a page of \
         {page_size:#x} bytes"
    )]
    Misaligned {
        /// `p_vaddr`.
        address: u64,
        /// `p_offset`.
        offset: u64,
        /// The host's page size.
        page_size: u64,
    },
    /// `p_flags` has `PF_W` and `PF_X`.
    #[error("it is writable and executable at once, which CloudABI does not allow")]
    WritableAndExecutable,
    /// It begins before another segment that is listed first.
    #[error(
        "it begins at {address:#x}, before the segment of program header {previous}; segments must be in ascending \
         order"
    )]
    NotAscending {
        /// `p_vaddr`.
        address: u64,
        /// The other one.
        previous: usize,
    },
    /// It begins before the end of another one.
    #[error("it begins at {address:#x}, before the end of the segment of program header {previous}")]
    Overlap {
        /// `p_vaddr`.
        address: u64,
        /// The other one.
        previous: usize,
    },
    /// It begins on the last page of a segment whose protection is different.
    #[error(
        "it begins on a page ({page:#x}, {page_size:#x} bytes) of the segment of program header {previous}, but wants \
         other access to it ({} and {})", Protection(*.protection), Protection(*.previous_protection)
    )]
    SharedPage {
        /// The page's address.
        page: u64,
        /// The host's page size.
        page_size: u64,
        /// What it wants.
        protection: Mprot,
        /// The other one.
        previous: usize,
        /// What the other one wants.
        previous_protection: Mprot,
    },
    /// There is another one of a type of which there must be only one.
    #[error("there is more than one of this type")]
    Duplicate,
    /// What it describes is not in the part of a readable segment that comes from the file.
    #[error("what it describes ({size:#x} bytes at {address:#x}) is not in a readable segment")]
    OutsideSegments {
        /// `p_vaddr`.
        address: u64,
        /// `p_filesz`.
        size: u64,
    },
    /// `PT_PHDR` names a place where other bytes are.
    #[error("the program headers are not at the address {address:#x} that it names")]
    NotThere {
        /// `p_vaddr`.
        address: u64,
    },
    /// There are more bytes of it than any linker makes.
    #[error("it is too large ({size:#x} bytes, and at most {MAXIMUM_DYNAMIC_SIZE:#x} are allowed)")]
    TooLarge {
        /// `p_filesz`.
        size: u64,
    },
}
