//! Areas: what must be mapped so that each segment's bytes are where they belong.

use super::headers::Table;
use super::segments::{Layout, Segment};
use super::source::Source;
use super::{HeaderFault, ImageError, ReadAt};
use crate::types::Mprot;

/// A range of whole pages that come from one place and get one protection.
///
/// Addresses count from the image's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Where it begins.
    pub address: u64,
    /// How many bytes it has.
    pub length: u64,
    /// What is mapped.
    pub origin: Origin,
    /// What the program may do with it.
    pub protection: Mprot,
    /// What must be changed before the program sees it, in this order.
    pub fills: Vec<Fill>,
}

/// Where the pages of an area come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the file, as copies of the program's own. The last one may reach past the file's end.
    File {
        /// Where in the file they begin: at a page.
        offset: u64,
    },
    /// Fresh pages, filled with zeros.
    Zero,
}

/// A change to pages that have been mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Bytes that must be zero.
    Zero {
        /// Where they begin.
        address: u64,
        /// How many there are. Never 0.
        length: u64,
    },
    /// Bytes that could not be mapped.
    Bytes {
        /// Where they begin.
        address: u64,
        /// What they must be. Never empty.
        bytes: Vec<u8>,
    },
}

impl Area {
    fn new(segment: &Segment, address: u64, end: u64, origin: Origin) -> Self {
        Area { address, length: end - address, origin, protection: segment.protection, fills: Vec::new() }
    }

    /// Where it ends.
    pub const fn end(&self) -> u64 {
        self.address + self.length
    }

    fn zero(&mut self, address: u64, end: u64) {
        if address < end {
            self.fills.push(Fill::Zero { address, length: end - address });
        }
    }
}

/// Finds out what must be mapped for the segments.
pub(super) fn plan(
    source: &Source<'_, impl ReadAt + ?Sized>,
    table: &Table,
    layout: &Layout,
    page_size: u64,
) -> Result<Vec<Area>, ImageError> {
    let mut areas: Vec<Area> = Vec::new();
    let mut previous: Option<&Segment> = None;
    for segment in &layout.segments {
        let page = segment.address & !(page_size - 1);
        match (areas.last_mut(), previous) {
            (Some(area), Some(previous)) if page < area.end() => {
                if area.protection != segment.protection {
                    return Err(table.error(
                        segment.index,
                        HeaderFault::SharedPage {
                            page: page + layout.first_address,
                            page_size,
                            protection: segment.protection,
                            previous: previous.index,
                            previous_protection: previous.protection,
                        },
                    ));
                }
                copy_beginning(source, segment, area)?;
                let from = area.end();
                map(segment, from, page_size, &mut areas);
            }
            _ => map(segment, page, page_size, &mut areas),
        }
        previous = Some(segment);
    }
    Ok(areas)
}

/// Copies what of a segment lies on the last page of an area that is there already.
fn copy_beginning(
    source: &Source<'_, impl ReadAt + ?Sized>,
    segment: &Segment,
    area: &mut Area,
) -> Result<(), ImageError> {
    let Segment { address, offset, .. } = *segment;
    let file_end = segment.file_end().min(area.end());
    if file_end > address {
        // Less than a page.
        let bytes = source.bytes(offset, (file_end - address) as usize)?;
        area.fills.push(Fill::Bytes { address, bytes });
    }
    if segment.memory_size > segment.file_size {
        area.zero(file_end, area.end());
    }
    Ok(())
}

/// Maps a segment, from a page on.
fn map(segment: &Segment, from: u64, page_size: u64, areas: &mut Vec<Area>) {
    let mut file_end = from;
    if segment.file_size > 0 && segment.file_end() > from {
        file_end = segment.file_end().next_multiple_of(page_size);
        // `from` is the beginning of a page, and the offset is at the same place in a page as the address, so this is
        // the beginning of a page of the file. It may lie before the segment's offset.
        let offset = segment.offset.wrapping_add(from).wrapping_sub(segment.address);
        let mut area = Area::new(segment, from, file_end, Origin::File { offset });
        if segment.memory_size > segment.file_size {
            area.zero(segment.file_end(), file_end);
        }
        areas.push(area);
    }
    let end = segment.end().next_multiple_of(page_size);
    if file_end < end {
        areas.push(Area::new(segment, file_end, end, Origin::Zero));
    }
}

/// Adds read-only pages with these bytes behind everything else. Gives their address.
pub(super) fn append_copy(areas: &mut Vec<Area>, layout: &mut Layout, bytes: &[u8], page_size: u64) -> u64 {
    let address = layout.span;
    let length = (bytes.len() as u64).next_multiple_of(page_size);
    let fills = vec![Fill::Bytes { address, bytes: bytes.to_vec() }];
    areas.push(Area { address, length, origin: Origin::Zero, protection: Mprot::READ, fills });
    layout.span += length;
    address
}
