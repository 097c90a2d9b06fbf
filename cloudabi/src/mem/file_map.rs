//! Files in memory.

use cloudabi_sys::{Mflags, Mprot, Msflags};

use super::copy;
use super::map::Mapping;
use crate::fs::File;
use crate::io;
use crate::os::{AsFd as _, RawFd};

/// Part of a file in memory. Others can change the file at any time, so that it is copied out and in and not lent; what
/// lends it is `unsafe`.
///
/// Using pages that lie behind the end of the file ends the program with the signal `bus`.
///
/// ```no_run
/// use cloudabi::fs::File;
/// use cloudabi::io;
/// use cloudabi::mem::FileMap;
///
/// fn tail(file: &File, length: usize) -> io::Result<[u8; 16]> {
///     let map = FileMap::read_only(file, 0, length)?;
///     let mut tail = [0; 16];
///     map.read_at(length - 16, &mut tail)?;
///     Ok(tail)
/// }
/// ```
#[derive(Debug)]
pub struct FileMap {
    mapping: Mapping,
    writable: bool,
}

impl FileMap {
    fn new(file: &File, offset: u64, length: usize, protection: Mprot, flags: Mflags) -> io::Result<FileMap> {
        let fd: RawFd = file.as_fd().as_raw_fd();
        let mapping = Mapping::new(length, protection, flags, fd, offset)?;
        Ok(FileMap { mapping, writable: protection.contains(Mprot::WRITE) })
    }

    /// Maps a part of a file, to be read. Where it begins is a multiple of the size of a page.
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it, and others.
    pub fn read_only(file: &File, offset: u64, length: usize) -> io::Result<FileMap> {
        FileMap::new(file, offset, length, Mprot::READ, Mflags::SHARED)
    }

    /// Maps a part of a file, to be read and written: what is written changes the file.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn mark(file: &File) -> io::Result<()> {
    ///     let map = FileMap::read_write(file, 0, 4096)?;
    ///     map.write_at(0, b"seen")?;
    ///     map.sync()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`FileMap::read_only`].
    pub fn read_write(file: &File, offset: u64, length: usize) -> io::Result<FileMap> {
        FileMap::new(file, offset, length, Mprot::READ.union(Mprot::WRITE), Mflags::SHARED)
    }

    /// How many bytes are mapped.
    pub fn len(&self) -> usize {
        self.mapping.len()
    }

    /// Whether nothing is mapped.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies bytes out.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if they are not all there.
    pub fn read_at(&self, offset: usize, target: &mut [u8]) -> io::Result<()> {
        self.mapping.check(offset, target.len())?;
        // SAFETY: it is within the mapping, and others change it atomically or from outside of this program.
        unsafe { copy::out(self.mapping.as_ptr().add(offset), target) };
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if there is no room for them all, or it was not mapped to be
    /// written.
    pub fn write_at(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        if !self.writable {
            return Err(io::Error::constant(io::ErrorKind::InvalidInput, "it is not mapped to be written"));
        }
        self.mapping.check(offset, bytes.len())?;
        // SAFETY: it is within the mapping and writable, and others use it atomically or from outside of this program.
        unsafe { copy::into(self.mapping.as_ptr().add(offset), bytes) };
        Ok(())
    }

    /// Waits until what was written is on the device.
    ///
    /// # Errors
    ///
    /// If the device failed.
    pub fn sync(&self) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        // SAFETY: the mapping is owned.
        Ok(unsafe { cloudabi_sys::mem_sync(self.mapping.as_ptr().cast(), self.len(), Msflags::SYNC) }?)
    }

    /// Lends the bytes.
    ///
    /// # Safety
    ///
    /// Nobody changes this part of the file, or cuts it off, as long as they are lent: neither through this nor through
    /// another descriptor or mapping, here or elsewhere.
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: so many bytes are there, and the caller says that they stay as they are.
        unsafe { core::slice::from_raw_parts(self.mapping.as_ptr(), self.len()) }
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
