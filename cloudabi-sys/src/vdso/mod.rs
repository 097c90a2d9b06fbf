//! The image in which a host gives its functions to a program: a small ELF shared object (vDSO).
//!
//! The way is the shortest that leads to the functions' names: program headers → `PT_DYNAMIC` → `DT_HASH` (only
//! for the number of symbols), `DT_SYMTAB`, `DT_STRTAB`. Addresses in the image count from its first byte.
//! Images for 32-bit and 64-bit programs are read alike. Everything is checked against the image's length.

mod bytes;

use crate::Calls;
use bytes::{Bytes, Class};
use core::ptr::NonNull;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_NULL: u64 = 0;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
/// Section number of a symbol that the image does not itself define.
const SHN_UNDEF: u16 = 0;
/// The least that is mapped of an image whose length is not known yet: one page.
const FIRST_PAGE: usize = 4096;

/// What is wrong with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// It does not begin as a little-endian ELF file does.
    NotElf,
    /// It is mapped, and for programs of another word size.
    OtherWordSize,
    /// Something that it refers to lies outside it. What that is, is given.
    Outside(&'static str),
    /// It lacks something. What that is, is given.
    Lacks(&'static str),
}

impl core::fmt::Display for ImageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            ImageError::NotElf => f.write_str("not a little-endian ELF file"),
            ImageError::OtherWordSize => f.write_str("it is for programs of another word size"),
            ImageError::Outside(what) => write!(f, "the {what} lies outside it"),
            ImageError::Lacks(what) => write!(f, "it has no {what}"),
        }
    }
}

impl core::error::Error for ImageError {}

/// An image whose tables were found.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    bytes: Bytes<'a>,
    class: Class,
    symbols: usize,
    symbol_count: usize,
    strings: usize,
}

/// A symbol that the image defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Its name, without the zero at the end.
    pub name: &'a [u8],
    /// Where it is, counted in bytes from the beginning of the image; always inside.
    pub offset: usize,
}

impl<'a> Image<'a> {
    /// Finds the tables of an image.
    ///
    /// # Errors
    ///
    /// When it is no image or lacks what is needed.
    pub fn parse(image: &'a [u8]) -> Result<Self, ImageError> {
        Image::find(image, Class::of(Bytes(image)).ok_or(ImageError::NotElf)?)
    }

    fn find(image: &'a [u8], class: Class) -> Result<Self, ImageError> {
        let bytes = Bytes(image);
        let (mut hash, mut strings, mut symbols) = (None, None, None);
        let mut entry = dynamic(bytes, class)?;
        loop {
            let tag = bytes.word(class, entry).ok_or(ImageError::Outside("dynamic table"))?;
            let value =
                bytes.word(class, entry + class.word()).ok_or(ImageError::Outside("dynamic table"))?;
            match tag {
                DT_NULL => break,
                DT_HASH => hash = Some(value),
                DT_STRTAB => strings = Some(value),
                DT_SYMTAB => symbols = Some(value),
                _ => {}
            }
            entry += 2 * class.word();
        }
        let inside = |offset: Option<u64>, what| {
            let offset = offset.ok_or(ImageError::Lacks(what))?;
            usize::try_from(offset)
                .ok()
                .filter(|offset| *offset < image.len())
                .ok_or(ImageError::Outside(what))
        };
        let hash = inside(hash, "hash table")?;
        // The table begins with the number of buckets and the number of symbols.
        let symbol_count = hash.checked_add(4).and_then(|offset| bytes.u32(offset));
        let symbol_count = symbol_count.ok_or(ImageError::Outside("hash table"))?;
        Ok(Image {
            bytes,
            class,
            symbols: inside(symbols, "symbol table")?,
            symbol_count: usize::try_from(symbol_count).unwrap_or(usize::MAX),
            strings: inside(strings, "string table")?,
        })
    }

    /// The image that begins at an address. Its length is what its own loaded segments say.
    ///
    /// # Errors
    ///
    /// As [`Image::parse`].
    ///
    /// # Safety
    ///
    /// At the address is an image that is mapped as its program headers say, for the rest of the program's
    /// life, and whose first page is mapped wholly.
    pub unsafe fn at(base: *const u8) -> Result<Image<'static>, ImageError> {
        // SAFETY: the first page is mapped.
        let start = Bytes(unsafe { core::slice::from_raw_parts(base, FIRST_PAGE) });
        // Known when compiling, so that programs have no code for the other word size.
        let class = Class::NATIVE;
        match Class::of(start) {
            Some(found) if found == class => {}
            Some(_) => return Err(ImageError::OtherWordSize),
            None => return Err(ImageError::NotElf),
        }
        let mut length = 0;
        for header in headers(start, class)? {
            let header = header?;
            if header.kind == PT_LOAD {
                let end = header.address.checked_add(header.size).ok_or(ImageError::Outside("segment"))?;
                length = length.max(end);
            }
        }
        let length = usize::try_from(length).map_err(|_| ImageError::Outside("segment"))?;
        if isize::try_from(length).is_err() {
            return Err(ImageError::Outside("segment"));
        }
        // SAFETY: its segments are mapped, and it says how far they reach.
        Image::find(unsafe { core::slice::from_raw_parts(base, length) }, class)
    }

    /// The symbols that it defines. Those with a name or place outside the image are left out.
    pub fn symbols(&self) -> impl Iterator<Item = Symbol<'a>> + use<'a> {
        let Image { bytes, class, symbols, symbol_count, strings } = *self;
        let size = class.symbol_size();
        let count = symbol_count.min((bytes.0.len() - symbols) / size);
        (0..count).filter_map(move |index| {
            let symbol = symbols + index * size;
            if bytes.u16(symbol + class.symbol_section())? == SHN_UNDEF {
                return None;
            }
            let name = strings.checked_add(usize::try_from(bytes.u32(symbol)?).ok()?)?;
            let offset = usize::try_from(bytes.word(class, symbol + class.symbol_value())?).ok()?;
            (offset < bytes.0.len()).then_some(Symbol { name: bytes.string(name)?, offset })
        })
    }

    /// The call table with all of the image's functions that it has a place for.
    ///
    /// # Safety
    ///
    /// The image is mapped executable at the address of its bytes, and its functions are what their names
    /// say.
    pub unsafe fn calls(&self) -> Calls {
        let mut calls = Calls::MISSING;
        for symbol in self.symbols() {
            let address = NonNull::from(&self.bytes.0[symbol.offset]).cast();
            // SAFETY: the caller says that the functions are what their names say.
            unsafe { calls.set(symbol.name, address) };
        }
        calls
    }
}

/// What matters of a program header.
struct Header {
    kind: u32,
    address: u64,
    size: u64,
}

/// The program headers of an image.
fn headers<'a>(
    bytes: Bytes<'a>,
    class: Class,
) -> Result<impl Iterator<Item = Result<Header, ImageError>> + 'a, ImageError> {
    let outside = ImageError::Outside("program header table");
    let table = bytes.word(class, class.header_table()).ok_or(outside)?;
    let table = usize::try_from(table).map_err(|_| outside)?;
    let size = usize::from(bytes.u16(class.header_size()).ok_or(outside)?);
    let count = usize::from(bytes.u16(class.header_count()).ok_or(outside)?);
    Ok((0..count).map(move |index| {
        let read = || {
            let header = table.checked_add(index * size)?;
            Some(Header {
                kind: bytes.u32(header)?,
                address: bytes.word(class, header.checked_add(class.header_address())?)?,
                size: bytes.word(class, header.checked_add(class.header_memory_size())?)?,
            })
        };
        read().ok_or(outside)
    }))
}

/// Where the dynamic table begins.
fn dynamic(bytes: Bytes<'_>, class: Class) -> Result<usize, ImageError> {
    for header in headers(bytes, class)? {
        let header = header?;
        if header.kind == PT_DYNAMIC {
            return usize::try_from(header.address)
                .ok()
                .filter(|address| *address < bytes.0.len())
                .ok_or(ImageError::Outside("dynamic table"));
        }
    }
    Err(ImageError::Lacks("dynamic table"))
}
