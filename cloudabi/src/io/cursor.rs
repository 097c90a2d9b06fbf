//! Memory as something that is read and written at a position.

use super::{BufRead, ErrorKind, Read, Result, Seek, SeekFrom, Write};

/// Memory with a position.
///
/// ```
/// use cloudabi::io::{Cursor, Read as _, Seek as _, SeekFrom, Write as _};
///
/// let mut cursor = Cursor::new(Vec::new());
/// cursor.write_all(b"hello")?;
/// cursor.seek(SeekFrom::Start(1))?;
/// let mut byte = [0];
/// cursor.read_exact(&mut byte)?;
/// assert_eq!(&byte, b"e");
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor<T> {
    inner: T,
    position: u64,
}

impl<T> Cursor<T> {
    /// At the start.
    ///
    /// ```
    /// # use cloudabi::io::{Cursor, Read as _, Write as _};
    /// let mut cursor = Cursor::new(b"abc");
    /// let mut bytes = [0; 2];
    /// cursor.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"ab");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn new(inner: T) -> Self {
        Cursor { inner, position: 0 }
    }

    /// The memory.
    ///
    /// ```
    /// # use cloudabi::io::{Cursor, Read as _, Write as _};
    /// let mut cursor = Cursor::new(Vec::new());
    /// cursor.write_all(b"abc")?;
    /// assert_eq!(cursor.into_inner(), b"abc");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The memory.
    ///
    /// ```
    /// # use cloudabi::io::{Cursor, Read as _, Write as _};
    /// let cursor = Cursor::new(b"abc");
    /// assert_eq!(cursor.get_ref().len(), 3);
    /// ```
    pub const fn get_ref(&self) -> &T {
        &self.inner
    }

    /// Where it stands.
    ///
    /// ```
    /// # use cloudabi::io::{Cursor, Read as _, Write as _};
    /// let mut cursor = Cursor::new(b"abc");
    /// cursor.read_exact(&mut [0; 2])?;
    /// assert_eq!(cursor.position(), 2);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Moves there, also beyond the end.
    ///
    /// ```
    /// # use cloudabi::io::{Cursor, Read as _, Write as _};
    /// let mut cursor = Cursor::new(b"abc");
    /// cursor.set_position(1);
    /// let mut rest = Vec::new();
    /// cursor.read_to_end(&mut rest)?;
    /// assert_eq!(rest, b"bc");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn set_position(&mut self, position: u64) {
        self.position = position;
    }
}

impl<T: AsRef<[u8]>> Read for Cursor<T> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<T: AsRef<[u8]>> BufRead for Cursor<T> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        let bytes = self.inner.as_ref();
        let start = usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len());
        Ok(&bytes[start..])
    }

    fn consume(&mut self, count: usize) {
        self.position += count as u64;
    }
}

impl<T: AsRef<[u8]>> Seek for Cursor<T> {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        let target = match position {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => (self.inner.as_ref().len() as u64).checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Overwrites, and makes the vector longer at its end. A gap is filled with zeros.
impl Write for Cursor<alloc::vec::Vec<u8>> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let start = usize::try_from(self.position).map_err(|_| ErrorKind::FileTooLarge)?;
        let end = start.checked_add(bytes.len()).ok_or(ErrorKind::FileTooLarge)?;
        if self.inner.len() < end {
            let more = end - self.inner.len();
            self.inner.try_reserve(more).map_err(|_| ErrorKind::OutOfMemory)?;
            self.inner.resize(end, 0);
        }
        self.inner[start..end].copy_from_slice(bytes);
        self.position = end as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Overwrites as much as there is.
impl Write for Cursor<&mut [u8]> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let start = usize::try_from(self.position).unwrap_or(usize::MAX).min(self.inner.len());
        let count = (&mut self.inner[start..]).write(bytes)?;
        self.position += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
