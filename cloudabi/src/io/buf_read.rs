//! Reading in pieces that end somewhere.

use alloc::string::String;
use alloc::vec::Vec;

use super::read::not_utf8;
use super::{ErrorKind, Read, Result};

/// What is read through a buffer.
///
/// ```
/// use cloudabi::io::BufRead as _;
///
/// let lines: Result<Vec<String>, _> = (&b"one\ntwo\r\nthree"[..]).lines().collect();
/// assert_eq!(lines?, ["one", "two", "three"]);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub trait BufRead: Read {
    /// What is in the buffer, which is filled if there is nothing. Nothing means the end.
    ///
    /// # Errors
    ///
    /// Those of reading.
    fn fill_buf(&mut self) -> Result<&[u8]>;

    /// So many bytes of the buffer have been used.
    fn consume(&mut self, count: usize);

    /// Appends everything up to this byte, and the byte itself, or up to the end. Says how many bytes that were.
    ///
    /// ```
    /// use cloudabi::io::BufRead as _;
    ///
    /// let (mut source, mut bytes) = (&b"key=value"[..], Vec::new());
    /// source.read_until(b'=', &mut bytes)?;
    /// assert_eq!((&bytes[..], source), (&b"key="[..], &b"value"[..]));
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of reading. What came before is there.
    fn read_until(&mut self, end: u8, bytes: &mut Vec<u8>) -> Result<usize> {
        let start = bytes.len();
        loop {
            let buffer = match self.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            };
            let found = buffer.iter().position(|byte| *byte == end);
            let count = found.map_or(buffer.len(), |index| index + 1);
            bytes.extend_from_slice(&buffer[..count]);
            self.consume(count);
            if found.is_some() || count == 0 {
                return Ok(bytes.len() - start);
            }
        }
    }

    /// Appends everything up to the end of the line, that included, or up to the end. Says how many bytes that were.
    ///
    /// # Errors
    ///
    /// Those of reading, and [`ErrorKind::InvalidData`] if it is not UTF-8; the line is used up then.
    fn read_line(&mut self, text: &mut String) -> Result<usize> {
        let mut bytes = Vec::new();
        let count = self.read_until(b'\n', &mut bytes)?;
        text.push_str(core::str::from_utf8(&bytes).map_err(|_| not_utf8())?);
        Ok(count)
    }

    /// The lines, without their ends.
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines { reader: self }
    }
}

/// The lines of a reader. See [`BufRead::lines`].
///
/// ```
/// use cloudabi::io::{BufRead as _, Lines};
///
/// let lines: Lines<&[u8]> = b"one\ntwo\n".lines();
/// assert_eq!(lines.collect::<Result<Vec<_>, _>>()?, ["one", "two"]);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => {
                if line.ends_with('\n') {
                    line.pop();
                    if line.ends_with('\r') {
                        line.pop();
                    }
                }
                Some(Ok(line))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl BufRead for &[u8] {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        Ok(self)
    }

    fn consume(&mut self, count: usize) {
        *self = &self[count..];
    }
}

impl<T: BufRead + ?Sized> BufRead for &mut T {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        (**self).fill_buf()
    }

    fn consume(&mut self, count: usize) {
        (**self).consume(count);
    }
}
