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
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn magic(file: &File) -> io::Result<[u8; 4]> {
    ///     let mut magic = [0; 4];
    ///     FileMap::read_only(file, 0, 4096)?.read_at(0, &mut magic)?;
    ///     Ok(magic)
    /// }
    /// ```
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
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn last(map: &FileMap) -> io::Result<u8> {
    ///     let mut byte = [0];
    ///     map.read_at(map.len() - 1, &mut byte)?;
    ///     Ok(byte[0])
    /// }
    /// ```
    pub fn len(&self) -> usize {
        self.mapping.len()
    }

    /// Whether nothing is mapped.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn first(map: &FileMap) -> io::Result<Option<u8>> {
    ///     let mut byte = [0];
    ///     Ok(if map.is_empty() { None } else { map.read_at(0, &mut byte)?; Some(byte[0]) })
    /// }
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies bytes out.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn record(map: &FileMap, number: usize) -> io::Result<[u8; 64]> {
    ///     let mut record = [0; 64];
    ///     map.read_at(number * 64, &mut record)?;
    ///     Ok(record)
    /// }
    /// ```
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
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn store(map: &FileMap, number: usize, record: &[u8; 64]) -> io::Result<()> {
    ///     map.write_at(number * 64, record)
    /// }
    /// ```
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
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// fn commit(map: &FileMap) -> io::Result<()> {
    ///     map.write_at(0, b"done")?;
    ///     map.sync()
    /// }
    /// ```
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
    /// ```no_run
    /// # use cloudabi::{fs::File, io, mem::FileMap};
    /// /// The file is this program's own, and nobody writes it.
    /// fn lines(map: &FileMap) -> usize {
    ///     // SAFETY: nobody changes the file or cuts it off.
    ///     let bytes = unsafe { map.as_slice() };
    ///     bytes.iter().filter(|byte| **byte == b'\n').count()
    /// }
    /// ```
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
