//! Where an executable is read from.

use super::ImageError;
use std::io;

/// A file whose bytes can be read at any offset.
pub trait ReadAt {
    /// How many bytes it has.
    ///
    /// # Errors
    /// Whatever the host says.
    fn size(&self) -> io::Result<u64>;

    /// Reads from an offset, and gives how many bytes were read: fewer than asked for also in the middle of the
    /// file, none only at its end.
    ///
    /// # Errors
    /// Whatever the host says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// A file that is in memory.
impl ReadAt for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// How much of a file is read at once in the beginning: nearly always the file's header and all program headers.
const BEGINNING: usize = 1024;

/// A file that is being looked at.
pub(super) struct Source<'a, F: ?Sized> {
    file: &'a F,
    /// How long it was in the beginning. Everything is checked against this one figure.
    pub(super) size: u64,
    beginning: Vec<u8>,
}

impl<'a, F: ReadAt + ?Sized> Source<'a, F> {
    /// Finds out a file's size and reads its beginning.
    pub(super) fn open(file: &'a F) -> Result<Self, ImageError> {
        let size = file.size().map_err(ImageError::Read)?;
        let mut source = Source { file, size, beginning: Vec::new() };
        source.beginning = source.bytes(0, size.min(BEGINNING as u64) as usize)?;
        Ok(source)
    }

    /// Reads bytes. The caller knows that they are in the file: if they are not any more, that is an error of
    /// reading.
    pub(super) fn bytes(&self, offset: u64, length: usize) -> Result<Vec<u8>, ImageError> {
        let known =
            usize::try_from(offset).ok().and_then(|offset| self.beginning.get(offset..)?.get(..length));
        if let Some(known) = known {
            return Ok(known.to_vec());
        }
        let mut bytes = vec![0; length];
        let mut done = 0;
        while done < length {
            match self.file.read_at(&mut bytes[done..], offset + done as u64) {
                Ok(0) => return Err(ImageError::Read(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ImageError::Read(error)),
            }
        }
        Ok(bytes)
    }

    /// Reads text that is only there to be shown in a message: up to a NUL, less than 255 bytes, and nothing if it
    /// cannot be had.
    pub(super) fn text(&self, offset: u64, maximum: u64) -> Option<String> {
        let length = maximum.min(255).min(self.size.checked_sub(offset)?);
        let bytes = self.bytes(offset, length as usize).ok()?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        (end > 0).then(|| String::from_utf8_lossy(&bytes[..end]).into_owned())
    }
}
