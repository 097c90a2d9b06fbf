//! Reading up to a certain number of bytes, and one after the other.

use super::{BufRead, Read, Result};

/// At most so many bytes of a reader. See [`Read::take`].
///
/// ```
/// use cloudabi::io::{Read as _, Take};
///
/// let mut start: Take<&[u8]> = b"abcdef".take(3);
/// let mut bytes = Vec::new();
/// start.read_to_end(&mut bytes)?;
/// assert_eq!(bytes, b"abc");
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Take<R> {
    pub(super) inner: R,
    pub(super) left: u64,
}

impl<R> Take<R> {
    /// How many bytes may still come.
    ///
    /// ```
    /// # use cloudabi::io::Read as _;
    /// let mut start = b"abcdef".take(3);
    /// start.read_exact(&mut [0])?;
    /// assert_eq!(start.limit(), 2);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub const fn limit(&self) -> u64 {
        self.left
    }

    /// The reader.
    ///
    /// ```
    /// # use cloudabi::io::Read as _;
    /// let mut start = b"abcdef".take(2);
    /// start.read_to_end(&mut Vec::new())?;
    /// assert_eq!(start.into_inner(), b"cdef");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Take<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.inner.read(&mut buffer[..most])?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Take<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let buffer = self.inner.fill_buf()?;
        Ok(&buffer[..usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len())])
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        self.inner.consume(count);
    }
}

/// One reader and then another. See [`Read::chain`].
///
/// ```
/// use cloudabi::io::{Chain, Read as _};
///
/// let mut both: Chain<&[u8], &[u8]> = b"ab".chain(&b"cd"[..]);
/// let mut bytes = Vec::new();
/// both.read_to_end(&mut bytes)?;
/// assert_eq!(bytes, b"abcd");
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Chain<A, B> {
    pub(super) first: Option<A>,
    pub(super) second: B,
}

impl<A: Read, B: Read> Read for Chain<A, B> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if let Some(first) = &mut self.first {
            match first.read(buffer)? {
                0 if !buffer.is_empty() => self.first = None,
                count => return Ok(count),
            }
        }
        self.second.read(buffer)
    }
}
