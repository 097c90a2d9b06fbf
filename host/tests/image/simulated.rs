//! Memory that exists only in a test, and refuses whatever a real host would refuse.

use cloudabi_host::image::Mapper;
use cloudabi_host::types::Mprot;
use std::convert::Infallible;
use std::ops::Range;

/// A part of memory that was mapped at once.
struct Mapping {
    range: Range<u64>,
    /// The offset in the file, or none for zeros.
    offset: Option<u64>,
    protection: Mprot,
    /// What was written since.
    written: Vec<(u64, Vec<u8>)>,
}

/// The memory into which one image is placed. Only what was written takes room, so an image may be large.
pub struct Simulated<'a> {
    file: &'a [u8],
    page_size: u64,
    room: Range<u64>,
    mappings: Vec<Mapping>,
}

impl<'a> Simulated<'a> {
    /// Memory with nothing in it.
    pub fn new(file: &'a [u8], page_size: u64, room: Range<u64>) -> Self {
        Simulated { file, page_size, room, mappings: Vec::new() }
    }

    /// Ranges of mapped memory with the same protection, each as long as possible.
    pub fn protections(&self) -> Vec<(Range<u64>, Mprot)> {
        merged(self.mappings.iter().map(|mapping| (mapping.range.clone(), mapping.protection)))
    }

    /// What a range holds.
    pub fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut address = range.start;
        while address < range.end {
            let mapping = self.mappings.iter().find(|mapping| mapping.range.contains(&address));
            let mapping = mapping.unwrap_or_else(|| panic!("nothing is mapped at {address:#x}"));
            let end = range.end.min(mapping.range.end);
            bytes.extend(self.bytes_of(mapping, address..end));
            address = end;
        }
        bytes
    }

    fn bytes_of(&self, mapping: &Mapping, range: Range<u64>) -> Vec<u8> {
        let length = (range.end - range.start) as usize;
        let mut bytes = match mapping.offset {
            Some(offset) => {
                let offset = (offset + (range.start - mapping.range.start)) as usize;
                let rest = self.file.get(offset..).unwrap_or_default();
                rest[..rest.len().min(length)].to_vec()
            }
            None => Vec::new(),
        };
        bytes.resize(length, 0);
        for (address, written) in &mapping.written {
            let start = range.start.max(*address);
            let end = range.end.min(address + written.len() as u64);
            if start < end {
                let part = &written[(start - address) as usize..(end - address) as usize];
                bytes[(start - range.start) as usize..][..part.len()].copy_from_slice(part);
            }
        }
        bytes
    }

    fn map(&mut self, address: u64, length: u64, offset: Option<u64>, protection: Mprot) {
        let range = self.pages(address, length);
        let is_free = self
            .mappings
            .iter()
            .all(|mapping| mapping.range.end <= range.start || range.end <= mapping.range.start);
        assert!(is_free, "{range:x?} is mapped twice");
        assert!(!protection.contains(Mprot::WRITE.union(Mprot::EXEC)), "{range:x?} is {protection}");
        self.mappings.push(Mapping { range, offset, protection, written: Vec::new() });
    }

    /// Checks that a range consists of whole pages in the room that the image has.
    fn pages(&self, address: u64, length: u64) -> Range<u64> {
        let end = address.checked_add(length).expect("the range does not overflow");
        assert!(self.room.start <= address && address < end && end <= self.room.end, "{address:x}..{end:x}");
        assert!(address.is_multiple_of(self.page_size) && length.is_multiple_of(self.page_size));
        address..end
    }
}

impl Mapper for Simulated<'_> {
    type Error = Infallible;

    fn map_file(
        &mut self,
        address: u64,
        length: u64,
        offset: u64,
        protection: Mprot,
    ) -> Result<(), Infallible> {
        assert!(offset.is_multiple_of(self.page_size), "the offset {offset:#x} is not that of a page");
        // Access to a page that is past the end altogether would be a bus error.
        assert!(offset + length - self.page_size < self.file.len() as u64, "pages past the end of the file");
        self.map(address, length, Some(offset), protection);
        Ok(())
    }

    fn map_zero(&mut self, address: u64, length: u64, protection: Mprot) -> Result<(), Infallible> {
        self.map(address, length, None, protection);
        Ok(())
    }

    fn zero(&mut self, address: u64, length: u64) -> Result<(), Infallible> {
        assert!(length <= self.page_size, "{length:#x} bytes are zeroed by hand");
        self.write(address, &vec![0; length as usize])
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Infallible> {
        assert!(!bytes.is_empty());
        let end = address + bytes.len() as u64;
        let mapping = self
            .mappings
            .iter_mut()
            .find(|mapping| mapping.range.start <= address && end <= mapping.range.end)
            .expect("what is written is mapped");
        assert!(mapping.protection.contains(Mprot::WRITE), "{address:x}..{end:x} cannot be written");
        mapping.written.push((address, bytes.to_vec()));
        Ok(())
    }

    fn protect(&mut self, address: u64, length: u64, protection: Mprot) -> Result<(), Infallible> {
        let range = self.pages(address, length);
        let mapping = self.mappings.iter_mut().find(|mapping| mapping.range == range);
        mapping.expect("what is protected was mapped at once").protection = protection;
        Ok(())
    }
}

/// Joins adjoining ranges of the same protection.
pub fn merged(ranges: impl Iterator<Item = (Range<u64>, Mprot)>) -> Vec<(Range<u64>, Mprot)> {
    let mut merged: Vec<(Range<u64>, Mprot)> = Vec::new();
    for (range, protection) in ranges {
        match merged.last_mut() {
            Some((last, same)) if last.end >= range.start && *same == protection => {
                last.end = last.end.max(range.end);
            }
            _ => merged.push((range, protection)),
        }
    }
    merged
}
