//! The dynamic section: a program that names a library there cannot run, since there is nobody to load it.

use super::elf::{Fields, segment_type};
use super::headers::Table;
use super::segments::Layout;
use super::source::Source;
use super::{ImageError, ReadAt};

/// The size of `Elf64_Dyn`: a tag and a value.
const ENTRY_SIZE: usize = 16;

const TAG_END: u64 = 0;
const TAG_NEEDED: u64 = 1;
const TAG_STRING_TABLE: u64 = 5;
const TAG_STRING_TABLE_SIZE: u64 = 10;

/// Refuses programs that need a library.
pub(super) fn check(
    source: &Source<'_, impl ReadAt + ?Sized>,
    table: &Table,
    layout: &Layout,
) -> Result<(), ImageError> {
    let Some((index, header)) = table.only(segment_type::DYNAMIC).filter(|(_, header)| header.file_size > 0)
    else {
        return Ok(());
    };
    // What counts is what the program would find, which is also what it relocates itself by.
    let offset = layout.offset_of(header).map_err(|fault| table.error(index, fault))?;
    let bytes = source.bytes(offset, header.file_size as usize)?;
    let (entries, _) = bytes.as_chunks::<ENTRY_SIZE>();
    let entries = || {
        let entries = entries.iter().map(|entry| (Fields(entry).u64(0), Fields(entry).u64(8)));
        entries.take_while(|(tag, _)| *tag != TAG_END)
    };
    let value = |wanted| entries().find(|(tag, _)| *tag == wanted).map(|(_, value)| value);
    let Some(name) = value(TAG_NEEDED) else { return Ok(()) };
    let read_name = || {
        let maximum = value(TAG_STRING_TABLE_SIZE)?.checked_sub(name)?;
        let address = value(TAG_STRING_TABLE)?.checked_add(name)?;
        source.text(layout.file_offset(address, 1)?, maximum)
    };
    Err(ImageError::Library { name: read_name() })
}
