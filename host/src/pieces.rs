//! Lists of pieces of a program's memory, which are handed to a system's calls as they are.
//!
//! The system finds out whether there is memory; what is checked here is that all of it is the program's.

use crate::memory::{Fault, GuestMemory, GuestRange, GuestSlice, Plain, Region};
use crate::types::{Ciovec, Errno, Filesize, Iovec};

/// A piece of the program's memory as systems take it: `struct iovec` of POSIX on 64-bit machines.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Piece {
    address: u64,
    size: u64,
}

impl Piece {
    /// No memory.
    pub const EMPTY: Piece = Piece { address: 0, size: 0 };

    /// Address of the first byte.
    #[inline(always)]
    pub const fn address(self) -> u64 {
        self.address
    }

    /// Size in bytes.
    #[inline(always)]
    pub const fn size(self) -> u64 {
        self.size
    }

    /// The part of `size` bytes from the byte at `offset`, or what there is of it.
    #[must_use]
    pub const fn part(self, offset: u64, size: u64) -> Piece {
        let offset = if offset < self.size { offset } else { self.size };
        let rest = self.size - offset;
        // An empty piece may point anywhere, so that this sum may wrap.
        Piece { address: self.address.wrapping_add(offset), size: if size < rest { size } else { rest } }
    }

    /// Where it is.
    ///
    /// # Errors
    /// [`Fault`] if that is not in the region. The piece was found to lie in some region.
    pub fn range(self, region: Region) -> Result<GuestRange, Fault> {
        region.range(self.address, self.size)
    }

    /// Memory of the host's, for calls that are made while the buffer is there and nobody looks at it.
    pub fn of(buffer: &mut [u8]) -> Piece {
        Piece { address: buffer.as_mut_ptr().expose_provenance() as u64, size: buffer.len() as u64 }
    }
}

impl From<GuestRange> for Piece {
    #[inline(always)]
    fn from(range: GuestRange) -> Piece {
        Piece { address: range.address(), size: range.size() }
    }
}

/// Most pieces that one call takes: `IOV_MAX` of the systems that there are hosts for.
const MOST_PIECES: u64 = 1024;

/// Pieces up to this number need no memory from the heap.
const FEW_PIECES: usize = 8;

/// An element of a list of pieces of memory.
pub trait Buffer: Plain {
    /// Address and size as the program gave them.
    fn parts(&self) -> (u64, u64);
}

impl Buffer for Iovec {
    #[inline(always)]
    fn parts(&self) -> (u64, u64) {
        (self.buf, self.buf_len)
    }
}

impl Buffer for Ciovec {
    #[inline(always)]
    fn parts(&self) -> (u64, u64) {
        (self.buf, self.buf_len)
    }
}

/// Copies a list of pieces in, checks it, and hands it to a call.
///
/// # Errors
/// [`Errno::FAULT`] for an address that is not the program's, [`Errno::INVAL`] for too many pieces or too long ones, and
/// what the call says.
#[inline(always)]
pub fn with_pieces<T: Buffer, M: GuestMemory, R>(
    memory: &M,
    list: GuestSlice<T>,
    work: impl FnOnce(&[Piece]) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let region = memory.region();
    if list.len() == 1
        && let Some(only) = list.get(0)
    {
        let (address, size) = only.load(memory)?.parts();
        // The whole region is smaller than half of the address space, so that what lies in it is not too much.
        let piece = match region.range(address, size) {
            Ok(range) => Piece::from(range),
            Err(fault) if i64::try_from(size).is_ok() => return Err(fault.into()),
            Err(_) => return Err(Errno::INVAL),
        };
        return work(&[piece]);
    }
    with_many_pieces(memory, region, list, work)
}

fn with_many_pieces<T: Buffer, M: GuestMemory, R>(
    memory: &M,
    region: Region,
    list: GuestSlice<T>,
    work: impl FnOnce(&[Piece]) -> Result<R, Errno>,
) -> Result<R, Errno> {
    if list.len() > MOST_PIECES {
        return Err(Errno::INVAL);
    }
    let count = list.len() as usize;
    let mut few = [Piece::EMPTY; FEW_PIECES];
    let mut many = Vec::new();
    let pieces = if count <= FEW_PIECES {
        &mut few[..count]
    } else {
        many.resize(count, Piece::EMPTY);
        &mut many[..]
    };
    let mut total: i64 = 0;
    let mut outside = None;
    for (piece, element) in pieces.iter_mut().zip(list.iter(memory)) {
        let (address, size) = element?.parts();
        total = i64::try_from(size).ok().and_then(|size| total.checked_add(size)).ok_or(Errno::INVAL)?;
        match region.range(address, size) {
            Ok(range) => *piece = Piece::from(range),
            // A length that makes no sense counts more than an address that does not.
            Err(fault) => outside = Some(fault),
        }
    }
    match outside {
        Some(fault) => Err(fault.into()),
        None => work(pieces),
    }
}

/// The offset as systems take it: in 63 bits.
///
/// # Errors
/// [`Errno::INVAL`]
#[inline(always)]
pub fn offset(offset: Filesize) -> Result<u64, Errno> {
    if i64::try_from(offset).is_ok() { Ok(offset) } else { Err(Errno::INVAL) }
}
