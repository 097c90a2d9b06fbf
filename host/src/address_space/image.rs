//! How an executable gets into the program's region.

use super::{AddressSpace, MapRequest, System};
use crate::image::Mapper;
use crate::memory::{GuestMemory as _, GuestRange};
use crate::types::{Errno, Mflags, Mprot};
use core::fmt;

/// Maps an executable's file into an address space.
pub struct ImageMapper<'a, S: System> {
    space: &'a AddressSpace<S>,
    file: S::File<'a>,
    maximum: Mprot,
}

impl<S: System> fmt::Debug for ImageMapper<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageMapper").field("space", &self.space).finish_non_exhaustive()
    }
}

impl<'a, S: System> ImageMapper<'a, S> {
    /// A mapper of this file. `maximum` is what the program may do with fresh memory: without [`Mprot::EXEC`] its code
    /// stays as it is, and nothing else of its image can become code.
    pub fn new(space: &'a AddressSpace<S>, file: S::File<'a>, maximum: Mprot) -> Self {
        ImageMapper { space, file, maximum }
    }

    /// How far protection may go for pages that begin with this one.
    fn maximum_for(&self, prot: Mprot) -> Mprot {
        if self.maximum.contains(Mprot::EXEC) {
            Mprot::all()
        } else if prot.contains(Mprot::EXEC) {
            Mprot::READ | Mprot::EXEC
        } else {
            Mprot::READ | Mprot::WRITE
        }
    }

    fn map(
        &self,
        address: u64,
        size: u64,
        prot: Mprot,
        file: Option<S::File<'_>>,
        offset: u64,
    ) -> Result<(), Errno> {
        let kind = if file.is_none() { Mflags::ANON } else { Mflags::empty() };
        let flags = Mflags::FIXED | Mflags::PRIVATE | kind;
        let maximum = self.maximum_for(prot);
        self.space.map_at_start(MapRequest { address, size, prot, flags, file, offset, maximum }).map(drop)
    }

    fn range(&self, address: u64, size: u64) -> Result<GuestRange, Errno> {
        Ok(self.space.range(address, size)?)
    }
}

impl<S: System> Mapper for ImageMapper<'_, S> {
    type Error = Errno;

    fn map_file(&mut self, address: u64, length: u64, offset: u64, protection: Mprot) -> Result<(), Errno> {
        self.map(address, length, protection, Some(self.file), offset)
    }

    fn map_zero(&mut self, address: u64, length: u64, protection: Mprot) -> Result<(), Errno> {
        self.map(address, length, protection, None, 0)
    }

    fn zero(&mut self, address: u64, length: u64) -> Result<(), Errno> {
        const ZEROS: [u8; 4096] = [0; 4096];
        let range = self.range(address, length)?;
        for offset in (0..length).step_by(ZEROS.len()) {
            let size = (length - offset).min(ZEROS.len() as u64);
            let part = range.part(offset, size).ok_or(Errno::FAULT)?;
            self.space.guest().copy_out(part, &ZEROS[..size as usize])?;
        }
        Ok(())
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        Ok(self.space.guest().copy_out(self.range(address, bytes.len() as u64)?, bytes)?)
    }

    fn protect(&mut self, address: u64, length: u64, protection: Mprot) -> Result<(), Errno> {
        let range = self.range(address, length)?;
        self.space.set_protection(range, protection, self.maximum_for(protection))
    }
}
