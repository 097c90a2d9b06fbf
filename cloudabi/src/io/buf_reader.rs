//! Buffers for reading.

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;

use super::{BufRead, Read, Result, Seek, SeekFrom};

/// Size of a buffer, in bytes, unless it is chosen.
pub(super) const SIZE: usize = 8 * 1024;

/// Reads much at a time, and hands it out in small pieces.
///
/// ```no_run
/// use cloudabi::fs::File;
/// use cloudabi::io::{self, BufRead as _, BufReader};
///
/// fn count(file: File) -> io::Result<usize> {
///     let mut count = 0;
///     for line in BufReader::new(file).lines() {
///         count += usize::from(!line?.is_empty());
///     }
///     Ok(count)
/// }
/// ```
pub struct BufReader<R: ?Sized> {
    buffer: Box<[u8]>,
    /// The part of the buffer that has been read and not handed out.
    start: usize,
    end: usize,
    inner: R,
}

impl<R: Read> BufReader<R> {
    /// With a buffer of the usual size.
    ///
    /// ```
    /// # use cloudabi::io::{BufRead as _, BufReader, Read as _};
    /// let mut reader = BufReader::new(&b"one\ntwo\n"[..]);
    /// let mut line = String::new();
    /// assert_eq!(reader.read_line(&mut line)?, 4);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn new(inner: R) -> Self {
        Self::with_capacity(SIZE, inner)
    }

    /// With a buffer of so many bytes, at least one.
    ///
    /// ```
    /// # use cloudabi::io::{BufRead as _, BufReader, Read as _};
    /// let mut reader = BufReader::with_capacity(2, &b"abcdef"[..]);
    /// assert_eq!(reader.fill_buf()?, b"ab");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn with_capacity(capacity: usize, inner: R) -> Self {
        BufReader { buffer: vec![0; capacity.max(1)].into_boxed_slice(), start: 0, end: 0, inner }
    }

    /// What it reads from. What is in the buffer is lost.
    ///
    /// ```
    /// # use cloudabi::io::{BufRead as _, BufReader, Read as _};
    /// let reader = BufReader::new(&b"abc"[..]);
    /// assert_eq!(reader.into_inner(), b"abc");
    /// ```
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: ?Sized> BufReader<R> {
    /// What has been read and not handed out.
    ///
    /// ```
    /// # use cloudabi::io::{BufRead as _, BufReader, Read as _};
    /// let mut reader = BufReader::new(&b"abc"[..]);
    /// assert!(reader.buffer().is_empty());
    /// reader.read_exact(&mut [0])?;
    /// assert_eq!(reader.buffer(), b"bc");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn buffer(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// What it reads from.
    ///
    /// ```
    /// # use cloudabi::io::{BufRead as _, BufReader, Read as _};
    /// let reader = BufReader::new(&b"abc"[..]);
    /// assert_eq!(reader.get_ref().len(), 3);
    /// ```
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// What it reads from. Reading from there directly leaves out what is in the buffer.
    ///
    /// ```
    /// # use cloudabi::io::{BufRead as _, BufReader, Read as _};
    /// let mut reader = BufReader::new(&b"abc"[..]);
    /// *reader.get_mut() = b"xyz";
    /// assert_eq!(reader.fill_buf()?, b"xyz");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }
}

impl<R: Read + ?Sized> Read for BufReader<R> {
    fn read(&mut self, target: &mut [u8]) -> Result<usize> {
        // A large piece need not be copied twice.
        if self.start == self.end && target.len() >= self.buffer.len() {
            return self.inner.read(target);
        }
        let mut available = self.fill_buf()?;
        let count = available.read(target)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read + ?Sized> BufRead for BufReader<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.end = self.inner.read(&mut self.buffer)?.min(self.buffer.len());
        }
        Ok(self.buffer())
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }
}

/// What is in the buffer is dropped.
impl<R: Seek + ?Sized> Seek for BufReader<R> {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        let position = match position {
            // The file stands where the buffer ends.
            SeekFrom::Current(offset) => {
                SeekFrom::Current(offset.saturating_sub_unsigned((self.end - self.start) as u64))
            }
            other => other,
        };
        (self.start, self.end) = (0, 0);
        self.inner.seek(position)
    }
}

impl<R: fmt::Debug + ?Sized> fmt::Debug for BufReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufReader")
            .field("buffered", &(self.end - self.start))
            .field("inner", &&self.inner)
            .finish()
    }
}
