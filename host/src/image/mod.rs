//! The loader of executables: finds out whether a file is a program that this host can run, and where each of its
//! pages belongs.
//!
//! A CloudABI program is a static position-independent executable: an ELF file of type `ET_DYN` with
//! `EI_OSABI` 17 that names no interpreter and no library. It relocates itself and protects its own read-only data
//! after that, so the loader does neither.
//!
//! Loading has two halves:
//!
//! 1. [`read`] checks everything there is to check, and gives an [`Image`]: what the start of a process needs to know
//!    (entry point, span, program headers), and a list of [`Area`]s, ranges of pages with one origin and one
//!    protection each. Nothing has been mapped by then, so a program that is refused leaves nothing to tidy up.
//! 2. [`place`] walks through the areas and tells a [`Mapper`], which is the only part that a host writes.
//!
//! # What is accepted
//! - Segments may share a page of the *file*: each maps it for itself.
//! - Segments may share a page of *memory* (programs linked for smaller pages than the host's, and hand-made ones), if
//!   they want the same protection for it: the second one's bytes are copied into the first one's page. If they
//!   want different protections, the program is refused, because either choice would be wrong.
//! - A segment's memory after its bytes from the file is zero, to the end of its last page, whether the segment is
//!   writable or not. What else stands on a page outside of all segments is unspecified (bytes of the file, or zero).
//! - Segments without memory are passed over.
//! - Program headers need not lie in a segment: if none has them, the image gets a read-only page more, behind the
//!   last segment, with a copy. So `AT_PHDR` always has something to point to. But if there is a `PT_PHDR`, it must
//!   name a place where they are.
//! - `PT_GNU_STACK` is ignored. Stacks are never executable, whatever it says: a program allocates those of its
//!   threads itself, and no memory is ever writable and executable. Refusing the mark would only refuse
//!   programs of which one assembler file lacked a note.
//!
//! # What it does not do
//! It knows neither addresses nor an operating system, and does not care for sections or relocations. The file may
//! change between reading and mapping: what a program consists of is the program's own affair, but a host must
//! survive a fault when it zeroes the end of a page of a file that has been cut off meanwhile.

mod areas;
mod dynamic;
mod elf;
mod error;
mod headers;
mod machine;
mod names;
mod place;
mod segments;
mod source;

pub use areas::{Area, Fill, Origin};
pub use error::{HeaderFault, ImageError};
pub use headers::{MAXIMUM_DYNAMIC_SIZE, MAXIMUM_PROGRAM_HEADER_COUNT};
pub use machine::Machine;
pub use names::MachineName;
pub use place::{Mapper, PlaceError, place};
pub use segments::{MAXIMUM_SPAN, Segment};
pub use source::ReadAt;

/// `EI_OSABI` of CloudABI programs.
pub const OS_ABI: u8 = 17;

/// A program that has been found in order.
///
/// All addresses in it count from the beginning of the range of [`Image::span`] bytes that it is placed into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where the program begins to run.
    pub entry: u64,
    /// How many bytes of address space it takes, a multiple of the size of a page.
    pub span: u64,
    /// What the address it is placed at must be a multiple of: the size of a page, or more if a segment wants more.
    pub alignment: u64,
    /// What its own addresses begin with: the address in the file of what is placed at the beginning. Nearly
    /// always 0.
    pub first_address: u64,
    /// Where the program headers are: `AT_PHDR`.
    pub program_headers: u64,
    /// How many there are: `AT_PHNUM`.
    pub program_header_count: u16,
    /// The segments, in ascending order.
    pub segments: Vec<Segment>,
    /// What is to be mapped for them, in ascending order.
    pub areas: Vec<Area>,
}

impl Image {
    /// What must be added to the addresses in the file if the image is placed at `base`: `AT_BASE`.
    pub const fn load_bias(&self, base: u64) -> u64 {
        base.wrapping_sub(self.first_address)
    }
}

/// Reads a program and checks all of it.
///
/// # Errors
/// The first thing that is wrong with the file, or that it could not be read.
///
/// # Panics
/// If `page_size` is not a power of two.
pub fn read(file: &(impl ReadAt + ?Sized), machine: Machine, page_size: u64) -> Result<Image, ImageError> {
    assert!(page_size.is_power_of_two(), "pages of {page_size} bytes");
    let source = source::Source::open(file)?;
    // 1. Is it a program for this host at all?
    let header = elf::FileHeader::read(&source, machine)?;
    // 2. What does it consist of, each part by itself?
    let table = headers::read(&source, &header)?;
    // 3. Do the parts go together?
    let mut layout = segments::check(&table, &header, page_size)?;
    // 4. Does it need anything but itself?
    dynamic::check(&source, &table, &layout)?;
    headers::check_thread_local_storage(&table, &layout)?;
    // 5. What must be mapped?
    let mut areas = areas::plan(&source, &table, &layout, page_size)?;
    let program_headers = match headers::address_in_memory(&header, &table, &layout)? {
        Some(address) => address,
        None => areas::append_copy(&mut areas, &mut layout, &table.bytes, page_size),
    };
    Ok(Image {
        entry: header.entry - layout.first_address,
        span: layout.span,
        alignment: layout.alignment,
        first_address: layout.first_address,
        program_headers,
        program_header_count: header.program_header_count,
        segments: layout.segments,
        areas,
    })
}
