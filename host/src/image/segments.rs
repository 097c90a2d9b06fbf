//! Segments: whether they go together, and what takes which place.

use super::elf::{FileHeader, ProgramHeader, segment_type};
use super::headers::Table;
use super::{HeaderFault, ImageError};
use crate::types::Mprot;

/// How many bytes of address space a program may take before it runs, and how large an alignment it may ask for.
pub const MAXIMUM_SPAN: u64 = 1 << 36;

/// A piece of a program, as its author's linker made it.
///
/// Addresses count from the image's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which program header describes it, counted from 0.
    pub index: usize,
    /// Where it begins, which need not be the beginning of a page.
    pub address: u64,
    /// How many bytes it has in memory. Never 0.
    pub memory_size: u64,
    /// How many of them come from the file. The rest is zero.
    pub file_size: u64,
    /// Where these begin in the file.
    pub offset: u64,
    /// What may be done with it: never writing together with execution.
    pub protection: Mprot,
}

impl Segment {
    /// Where it ends.
    pub const fn end(&self) -> u64 {
        self.address + self.memory_size
    }

    /// Where the part that comes from the file ends.
    pub const fn file_end(&self) -> u64 {
        self.address + self.file_size
    }
}

/// All segments.
pub(super) struct Layout {
    pub first_address: u64,
    pub span: u64,
    pub alignment: u64,
    pub segments: Vec<Segment>,
}

impl Layout {
    /// Where in the file the bytes are that a program finds at the address that a program header names.
    pub fn offset_of(&self, header: &ProgramHeader) -> Result<u64, HeaderFault> {
        let ProgramHeader { address, file_size: size, .. } = *header;
        self.file_offset(address, size).ok_or(HeaderFault::OutsideSegments { address, size })
    }

    /// Where in the file the bytes are that a program finds at an address (one of its own, not counted from the
    /// beginning), if they all come from the file and can be read.
    pub fn file_offset(&self, address: u64, size: u64) -> Option<u64> {
        let address = address.checked_sub(self.first_address)?;
        let end = address.checked_add(size)?;
        let segment = self.segments.iter().find(|segment| {
            segment.protection.contains(Mprot::READ)
                && segment.address <= address
                && end <= segment.file_end()
        })?;
        Some(segment.offset + (address - segment.address))
    }

    /// The reverse: where a program finds bytes of the file, counted from the image's beginning.
    pub fn address_of(&self, offset: u64, size: u64) -> Option<u64> {
        let end = offset.checked_add(size)?;
        let segment = self.segments.iter().find(|segment| {
            segment.protection.contains(Mprot::READ)
                && segment.offset <= offset
                && end <= segment.offset + segment.file_size
        })?;
        Some(segment.address + (offset - segment.offset))
    }
}

/// Checks the segments.
pub(super) fn check(table: &Table, header: &FileHeader, page_size: u64) -> Result<Layout, ImageError> {
    let loaded = || table.of_type(segment_type::LOAD).filter(|(_, header)| header.memory_size > 0);
    let mut previous: Option<(usize, &ProgramHeader)> = None;
    for (index, header) in loaded() {
        check_segment(header, page_size)
            .and_then(|()| previous.map_or(Ok(()), |previous| check_order(header, previous)))
            .map_err(|fault| table.error(index, fault))?;
        previous = Some((index, header));
    }
    let (Some((_, first)), Some((last_index, last))) = (loaded().next(), previous) else {
        return Err(ImageError::NoSegments);
    };
    let alignment = loaded().fold(page_size, |alignment, (_, header)| alignment.max(header.alignment));
    let first_address = first.address & !(alignment - 1);
    let size = last.memory_size;
    let end = (last.address + size).checked_next_multiple_of(page_size).ok_or_else(|| {
        table.error(last_index, HeaderFault::AddressOverflow { address: last.address, size })
    })?;
    let span = end - first_address;
    if span > MAXIMUM_SPAN {
        return Err(ImageError::SpanTooLarge { span });
    }
    let segments: Vec<_> = loaded().map(|(index, header)| segment(index, header, first_address)).collect();
    let is_entered = |segment: &Segment| {
        segment.protection.contains(Mprot::EXEC)
            && header
                .entry
                .checked_sub(first_address)
                .is_some_and(|entry| (segment.address..segment.end()).contains(&entry))
    };
    if !segments.iter().any(is_entered) {
        return Err(ImageError::EntryNotExecutable { entry: header.entry });
    }
    Ok(Layout { first_address, span, alignment, segments })
}

/// Checks a segment by itself.
fn check_segment(header: &ProgramHeader, page_size: u64) -> Result<(), HeaderFault> {
    if header.protection().contains(Mprot::WRITE.union(Mprot::EXEC)) {
        return Err(HeaderFault::WritableAndExecutable);
    }
    // A page of the file becomes a page of memory as it is. Without bytes in the file, the offset means nothing.
    let ProgramHeader { address, offset, file_size, .. } = *header;
    if file_size > 0 && address % page_size != offset % page_size {
        return Err(HeaderFault::Misaligned { address, offset, page_size });
    }
    Ok(())
}

/// Checks that a segment is behind the one before it.
fn check_order(
    header: &ProgramHeader,
    (index, previous): (usize, &ProgramHeader),
) -> Result<(), HeaderFault> {
    let address = header.address;
    if address < previous.address {
        return Err(HeaderFault::NotAscending { address, previous: index });
    }
    if address < previous.address + previous.memory_size {
        return Err(HeaderFault::Overlap { address, previous: index });
    }
    Ok(())
}

fn segment(index: usize, header: &ProgramHeader, first_address: u64) -> Segment {
    Segment {
        index,
        address: header.address - first_address,
        memory_size: header.memory_size,
        file_size: header.file_size,
        offset: header.offset,
        protection: header.protection(),
    }
}
