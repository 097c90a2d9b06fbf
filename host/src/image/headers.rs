//! Program headers: reading them, checking each by itself, and where the program finds them.

use super::elf::{FileHeader, PROGRAM_HEADER_SIZE, ProgramHeader, segment_type};
use super::segments::Layout;
use super::source::Source;
use super::{HeaderFault, ImageError, MAXIMUM_SPAN, ReadAt};

/// How many program headers an executable may have. Linkers make about ten.
pub const MAXIMUM_PROGRAM_HEADER_COUNT: u16 = 1024;

/// How many bytes `PT_DYNAMIC` may have in the file. Linkers make a few hundred.
pub const MAXIMUM_DYNAMIC_SIZE: u64 = 64 * 1024;

/// All program headers.
pub(super) struct Table {
    pub headers: Vec<ProgramHeader>,
    /// The same, as they are in the file.
    pub bytes: Vec<u8>,
}

impl Table {
    /// The program headers of a type, with their numbers.
    pub fn of_type(&self, segment_type: u32) -> impl Iterator<Item = (usize, &ProgramHeader)> {
        self.headers.iter().enumerate().filter(move |(_, header)| header.segment_type == segment_type)
    }

    /// The only program header of a type, if there is one.
    pub fn only(&self, segment_type: u32) -> Option<(usize, &ProgramHeader)> {
        self.of_type(segment_type).next()
    }

    /// The error that says what is wrong with a program header.
    pub fn error(&self, index: usize, fault: HeaderFault) -> ImageError {
        ImageError::ProgramHeader { index, segment_type: self.headers[index].segment_type, fault }
    }
}

/// Reads the program headers and checks of each what needs no other.
pub(super) fn read(
    source: &Source<'_, impl ReadAt + ?Sized>,
    header: &FileHeader,
) -> Result<Table, ImageError> {
    let count = header.program_header_count;
    if count == 0 {
        return Err(ImageError::NoProgramHeaders);
    }
    if count > MAXIMUM_PROGRAM_HEADER_COUNT {
        return Err(ImageError::TooManyProgramHeaders { count });
    }
    let size = usize::from(count) * PROGRAM_HEADER_SIZE;
    let offset = header.program_header_offset;
    if !is_within(offset, size as u64, source.size) {
        return Err(ImageError::ProgramHeadersPastEnd { offset, size: size as u64, file_size: source.size });
    }
    let bytes = source.bytes(offset, size)?;
    let headers = bytes.as_chunks().0.iter().map(ProgramHeader::parse).collect();
    let table = Table { headers, bytes };
    // Before all others: what is wrong with the segments of such a program does not matter.
    if let Some((_, header)) = table.only(segment_type::INTERPRETER) {
        return Err(ImageError::Interpreter { path: source.text(header.offset, header.file_size) });
    }
    for (index, header) in table.headers.iter().enumerate() {
        check(header, source.size).map_err(|fault| table.error(index, fault))?;
    }
    for only in [segment_type::PROGRAM_HEADERS, segment_type::DYNAMIC, segment_type::THREAD_LOCAL_STORAGE] {
        if let Some((index, _)) = table.of_type(only).nth(1) {
            return Err(table.error(index, HeaderFault::Duplicate));
        }
    }
    Ok(table)
}

/// Checks a program header by itself, if it is of a type that matters.
fn check(header: &ProgramHeader, file_size: u64) -> Result<(), HeaderFault> {
    let ProgramHeader { segment_type, offset, address, file_size: size, memory_size, alignment, .. } =
        *header;
    let is_segment = segment_type == segment_type::LOAD;
    if !is_segment && !matches!(segment_type, segment_type::DYNAMIC | segment_type::THREAD_LOCAL_STORAGE) {
        return Ok(());
    }
    if !is_within(offset, size, file_size) {
        return Err(HeaderFault::PastEnd { offset, size, file_size });
    }
    if size > memory_size {
        return Err(HeaderFault::FileLargerThanMemory { file_size: size, memory_size });
    }
    if address.checked_add(memory_size).is_none() {
        return Err(HeaderFault::AddressOverflow { address, size: memory_size });
    }
    // 0 and 1 both mean that any address will do.
    if alignment != 0 && !alignment.is_power_of_two() {
        return Err(HeaderFault::AlignmentNotPowerOfTwo { alignment });
    }
    if alignment > MAXIMUM_SPAN {
        return Err(HeaderFault::AlignmentTooLarge { alignment });
    }
    if segment_type == segment_type::DYNAMIC && size > MAXIMUM_DYNAMIC_SIZE {
        return Err(HeaderFault::TooLarge { size });
    }
    Ok(())
}

/// Whether a range lies before an end.
fn is_within(offset: u64, size: u64, end: u64) -> bool {
    offset.checked_add(size).is_some_and(|range_end| range_end <= end)
}

/// Checks that what a program's threads copy for themselves is there.
pub(super) fn check_thread_local_storage(table: &Table, layout: &Layout) -> Result<(), ImageError> {
    match table.only(segment_type::THREAD_LOCAL_STORAGE) {
        Some((index, header)) if header.file_size > 0 => {
            layout.offset_of(header).map(drop).map_err(|fault| table.error(index, fault))
        }
        _ => Ok(()),
    }
}

/// Where in memory a program finds its program headers, counted from the image's beginning, if a readable segment
/// has them.
///
/// # Errors
/// If `PT_PHDR` names a place where they are not: programs take the difference between that address and the real
/// one for the distance by which they have been moved.
pub(super) fn address_in_memory(
    header: &FileHeader,
    table: &Table,
    layout: &Layout,
) -> Result<Option<u64>, ImageError> {
    let size = table.bytes.len() as u64;
    let offset = header.program_header_offset;
    if let Some((index, named)) = table.only(segment_type::PROGRAM_HEADERS) {
        let there = ProgramHeader { file_size: size, memory_size: size, ..*named };
        return match layout.offset_of(&there) {
            Ok(found) if found == offset => Ok(Some(named.address - layout.first_address)),
            _ => Err(table.error(index, HeaderFault::NotThere { address: named.address })),
        };
    }
    Ok(layout.address_of(offset, size))
}
