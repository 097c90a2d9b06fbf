//! Fresh memory.

use core::ops::{Deref, DerefMut};

use cloudabi_sys::{Fd, Mflags, Mprot};

use super::map::Mapping;
use crate::io;

/// Fresh memory in whole pages, filled with zeros, and given back as a whole when it is dropped.
///
/// ```no_run
/// use cloudabi::mem::AnonymousMap;
///
/// # fn main() -> cloudabi::io::Result<()> {
/// let mut memory = AnonymousMap::new(1 << 20)?;
/// memory[0] = 1;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AnonymousMap {
    mapping: Mapping,
}

impl AnonymousMap {
    /// So many bytes.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::AnonymousMap};
    /// fn buffer() -> io::Result<AnonymousMap> {
    ///     AnonymousMap::new(64 * 1024)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory)
    pub fn new(length: usize) -> io::Result<AnonymousMap> {
        let (protection, flags) = (Mprot::READ.union(Mprot::WRITE), Mflags::ANON.union(Mflags::PRIVATE));
        let mapping = Mapping::new(length, protection, flags, Fd::MAP_ANON_FD, 0)?;
        Ok(AnonymousMap { mapping })
    }

    /// Makes it read-only for good: writing to it by mistake, or on an attacker's behalf, ends the program.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::AnonymousMap};
    /// fn constants() -> io::Result<impl core::ops::Deref<Target = [u8]>> {
    ///     let mut memory = AnonymousMap::new(4096)?;
    ///     memory.fill(7);
    ///     memory.into_read_only()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the host refuses.
    pub fn into_read_only(self) -> io::Result<ReadOnlyMap> {
        if self.mapping.len() != 0 {
            let start = self.mapping.as_ptr().cast();
            // SAFETY: the mapping is owned, and what comes of it hands out no exclusive access.
            unsafe { cloudabi_sys::mem_protect(start, self.mapping.len(), Mprot::READ) }?;
        }
        Ok(ReadOnlyMap { map: self })
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}

impl Deref for AnonymousMap {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: so many bytes are there and initialised, and nobody else has them.
        unsafe { core::slice::from_raw_parts(self.mapping.as_ptr(), self.mapping.len()) }
    }
}

impl DerefMut for AnonymousMap {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and it is borrowed exclusively.
        unsafe { core::slice::from_raw_parts_mut(self.mapping.as_ptr(), self.mapping.len()) }
    }
}

/// Memory that is read-only for good. See [`AnonymousMap::into_read_only`].
///
/// ```no_run
/// # use cloudabi::{io, mem::{AnonymousMap, ReadOnlyMap}};
/// fn zeros() -> io::Result<ReadOnlyMap> {
///     AnonymousMap::new(4096)?.into_read_only()
/// }
/// ```
#[derive(Debug)]
pub struct ReadOnlyMap {
    map: AnonymousMap,
}

impl Deref for ReadOnlyMap {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}
