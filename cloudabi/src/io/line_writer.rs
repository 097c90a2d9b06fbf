//! Buffers that are written line by line.

use super::{BufWriter, Result, Write};

/// Keeps what is written until a line is complete: for output that people watch.
///
/// ```
/// use cloudabi::io::{LineWriter, Write as _};
///
/// let mut output = LineWriter::new(Vec::new());
/// write!(output, "one\ntw")?;
/// assert_eq!(output.get_ref(), b"one\n");
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Debug)]
pub struct LineWriter<W: Write> {
    inner: BufWriter<W>,
}

impl<W: Write> LineWriter<W> {
    /// Writes to this.
    ///
    /// ```
    /// # use cloudabi::io::{LineWriter, Write as _};
    /// let mut output = LineWriter::new(Vec::new());
    /// output.write_all(b"a line\n")?;
    /// assert_eq!(output.get_ref(), b"a line\n");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn new(inner: W) -> Self {
        LineWriter { inner: BufWriter::with_capacity(1024, inner) }
    }

    /// What it writes to.
    ///
    /// ```
    /// # use cloudabi::io::{LineWriter, Write as _};
    /// let mut output = LineWriter::new(Vec::new());
    /// output.write_all(b"half a")?;
    /// assert!(output.get_ref().is_empty());
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &W {
        self.inner.get_ref()
    }
}

impl<W: Write> Write for LineWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => {
                let (lines, rest) = bytes.split_at(last + 1);
                self.inner.write_all(lines)?;
                self.inner.flush()?;
                // The lines are written: an error that follows comes with the next call.
                Ok(lines.len() + self.inner.write(rest).unwrap_or(0))
            }
            None => self.inner.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}
