//! Placing an image into memory.

use super::{Area, Fill, Image, Origin};
use crate::types::Mprot;
use thiserror::Error;

/// What a host does to place an image. Addresses and lengths are whole pages where pages are spoken of, never empty,
/// and always in the range that the image is placed into.
pub trait Mapper {
    /// What can go wrong.
    type Error;

    /// Maps pages of the program's file, so that changes stay private. The last page may reach past the file's end.
    ///
    /// # Errors
    /// Whatever the host says.
    fn map_file(
        &mut self,
        address: u64,
        length: u64,
        offset: u64,
        protection: Mprot,
    ) -> Result<(), Self::Error>;

    /// Maps fresh pages, filled with zeros.
    ///
    /// # Errors
    /// Whatever the host says.
    fn map_zero(&mut self, address: u64, length: u64, protection: Mprot) -> Result<(), Self::Error>;

    /// Fills bytes with zeros. They are on pages that have been mapped so that they can be written. If they came
    /// from the file, they may be gone, because somebody has cut it off: that must be an error, not a crash.
    ///
    /// # Errors
    /// Whatever the host says.
    fn zero(&mut self, address: u64, length: u64) -> Result<(), Self::Error>;

    /// Writes bytes, under the same conditions.
    ///
    /// # Errors
    /// Whatever the host says.
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Changes the protection of pages that have been mapped.
    ///
    /// # Errors
    /// Whatever the host says.
    fn protect(&mut self, address: u64, length: u64, protection: Mprot) -> Result<(), Self::Error>;
}

/// Why an image could not be placed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError<E> {
    /// The address is no multiple of [`Image::alignment`].
    #[error("a program that needs an alignment of {alignment:#x} was to be placed at {base:#x}")]
    Misaligned {
        /// The address.
        base: u64,
        /// What it must be a multiple of.
        alignment: u64,
    },
    /// The end would be past the end of the address space.
    #[error("a program of {span:#x} bytes was to be placed at {base:#x}, where there is no room for it")]
    NoRoom {
        /// The address.
        base: u64,
        /// How many bytes the program takes.
        span: u64,
    },
    /// The host could not do what was asked.
    #[error("the program cannot be mapped: {0}")]
    Mapper(E),
}

/// Maps an image into a range of [`Image::span`] bytes that begins at `base`.
///
/// The parts of the range in which nothing is mapped afterwards are those that were not mapped before. Each page is
/// mapped once, with its final protection wherever nothing has to be written first.
///
/// # Errors
/// If `base` does not suit the image, and then nothing has been mapped; or what the mapper says, and then the rest
/// has not.
pub fn place<M: Mapper>(image: &Image, base: u64, mapper: &mut M) -> Result<(), PlaceError<M::Error>> {
    let Image { alignment, span, .. } = *image;
    if !base.is_multiple_of(alignment) {
        return Err(PlaceError::Misaligned { base, alignment });
    }
    if base.checked_add(span).is_none() {
        return Err(PlaceError::NoRoom { base, span });
    }
    image.areas.iter().try_for_each(|area| place_area(area, base, mapper)).map_err(PlaceError::Mapper)
}

fn place_area<M: Mapper>(area: &Area, base: u64, mapper: &mut M) -> Result<(), M::Error> {
    let Area { length, protection, .. } = *area;
    let address = base + area.address;
    let is_protected_later = !area.fills.is_empty() && !protection.contains(Mprot::WRITE);
    let first_protection = if is_protected_later { Mprot::READ.union(Mprot::WRITE) } else { protection };
    match area.origin {
        Origin::File { offset } => mapper.map_file(address, length, offset, first_protection)?,
        Origin::Zero => mapper.map_zero(address, length, first_protection)?,
    }
    for fill in &area.fills {
        match fill {
            Fill::Zero { address, length } => mapper.zero(base + address, *length)?,
            Fill::Bytes { address, bytes } => mapper.write(base + address, bytes)?,
        }
    }
    if is_protected_later {
        mapper.protect(address, length, protection)?;
    }
    Ok(())
}
