//! Reading and writing at given places. The position of the file is left alone, so that threads can share it.

use super::File;
use crate::io::{self, ErrorKind, IoSlice, IoSliceMut};
use crate::os::AsFd as _;

impl File {
    /// Reads some bytes from a place, and says how many; none at the end and beyond.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn magic(file: &File) -> io::Result<[u8; 4]> {
    ///     let mut magic = [0; 4];
    ///     file.read_exact_at(&mut magic, 0)?;
    ///     Ok(magic)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotSeekable`](ErrorKind::NotSeekable) if there are no places, and many more.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_vectored_at(&mut [IoSliceMut::new(buffer)], offset)
    }

    /// Reads some bytes from a place into these pieces, and says how many.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, IoSliceMut}};
    /// fn header(file: &File, magic: &mut [u8; 4], rest: &mut [u8; 60]) -> io::Result<usize> {
    ///     file.read_vectored_at(&mut [IoSliceMut::new(magic), IoSliceMut::new(rest)], 0)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`File::read_at`].
    pub fn read_vectored_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize> {
        io::fd::read_vectored_at(self.as_fd(), buffers, offset)
    }

    /// Reads as many bytes from a place as there is room for.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn record(file: &File, number: u64) -> io::Result<[u8; 64]> {
    ///     let mut record = [0; 64];
    ///     file.read_exact_at(&mut record, number * 64)?;
    ///     Ok(record)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](ErrorKind::UnexpectedEof) if there are fewer, and those of [`File::read_at`].
    pub fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    buffer = &mut buffer[count..];
                    offset += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes some bytes to a place, and says how many.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn mark(file: &File) -> io::Result<()> {
    ///     file.write_all_at(b"done", 1024)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotSeekable`](ErrorKind::NotSeekable) if there are no places, and many more.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.write_vectored_at(&[IoSlice::new(bytes)], offset)
    }

    /// Writes some bytes of these pieces to a place, and says how many.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, IoSlice}};
    /// fn store(file: &File, header: &[u8], body: &[u8]) -> io::Result<usize> {
    ///     file.write_vectored_at(&[IoSlice::new(header), IoSlice::new(body)], 0)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`File::write_at`].
    pub fn write_vectored_at(&self, pieces: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        io::fd::write_vectored_at(self.as_fd(), pieces, offset)
    }

    /// Writes all of these bytes to a place.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn store(file: &File, number: u64, record: &[u8; 64]) -> io::Result<()> {
    ///     file.write_all_at(record, number * 64)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WriteZero`](ErrorKind::WriteZero) if nothing more can be written, and those of [`File::write_at`].
    pub fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_at(bytes, offset) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    bytes = &bytes[count..];
                    offset += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
