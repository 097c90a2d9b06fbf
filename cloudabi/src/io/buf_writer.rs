//! Buffers for writing.

use alloc::vec::Vec;
use core::fmt;

use super::buf_reader::SIZE;
use super::{ErrorKind, Result, Seek, SeekFrom, Write};

/// Takes small pieces, and writes much at a time.
///
/// What is left is written when it is dropped, but an error is lost then: [`flush`](Write::flush) or
/// [`into_inner`](BufWriter::into_inner) tell it. The end of the process drops nothing.
///
/// ```no_run
/// use cloudabi::fs::File;
/// use cloudabi::io::{self, BufWriter, Write as _};
///
/// fn count(file: File) -> io::Result<()> {
///     let mut output = BufWriter::new(file);
///     for number in 1..=1000 {
///         writeln!(output, "{number}")?;
///     }
///     output.flush()
/// }
/// ```
pub struct BufWriter<W: Write + ?Sized> {
    buffer: Vec<u8>,
    inner: W,
}

impl<W: Write> BufWriter<W> {
    /// With a buffer of the usual size.
    ///
    /// ```
    /// # use cloudabi::io::{BufWriter, Write as _};
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"abc")?;
    /// writer.flush()?;
    /// assert_eq!(writer.get_ref(), b"abc");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn new(inner: W) -> Self {
        Self::with_capacity(SIZE, inner)
    }

    /// With a buffer of so many bytes.
    ///
    /// ```
    /// # use cloudabi::io::{BufWriter, Write as _};
    /// let mut writer = BufWriter::with_capacity(2, Vec::new());
    /// writer.write_all(b"abc")?;
    /// assert_eq!(writer.get_ref(), b"abc", "more than there is room for goes through");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn with_capacity(capacity: usize, inner: W) -> Self {
        BufWriter { buffer: Vec::with_capacity(capacity), inner }
    }

    /// Writes what is left. Gives what it writes to, or the error and this.
    ///
    /// ```
    /// # use cloudabi::io::{BufWriter, Write as _};
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"abc")?;
    /// assert_eq!(writer.into_inner().map_err(|(error, _)| error)?, b"abc");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of writing.
    pub fn into_inner(mut self) -> core::result::Result<W, (super::Error, Self)>
    where
        W: Sized,
    {
        match self.flush_buffer() {
            Err(error) => Err((error, self)),
            Ok(()) => {
                let this = core::mem::ManuallyDrop::new(self);
                // SAFETY: both are taken out once, since `this` is not dropped.
                unsafe {
                    drop(core::ptr::read(&this.buffer));
                    Ok(core::ptr::read(&this.inner))
                }
            }
        }
    }
}

impl<W: Write + ?Sized> BufWriter<W> {
    /// What has not been written yet.
    ///
    /// ```
    /// # use cloudabi::io::{BufWriter, Write as _};
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"abc")?;
    /// assert_eq!(writer.buffer(), b"abc");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    /// What it writes to.
    ///
    /// ```
    /// # use cloudabi::io::{BufWriter, Write as _};
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"abc")?;
    /// assert!(writer.get_ref().is_empty(), "it is still in the buffer");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// What it writes to. What is written there directly comes before what is in the buffer.
    ///
    /// ```
    /// # use cloudabi::io::{BufWriter, Write as _};
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.get_mut().push(b'x');
    /// assert_eq!(writer.get_ref(), b"x");
    /// ```
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Writes what is in the buffer. After an error what was not written is still there.
    fn flush_buffer(&mut self) -> Result<()> {
        let mut written = 0;
        let outcome = loop {
            if written == self.buffer.len() {
                break Ok(());
            }
            match self.inner.write(&self.buffer[written..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.buffer.drain(..written);
        outcome
    }
}

impl<W: Write + ?Sized> Write for BufWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.buffer.len() + bytes.len() > self.buffer.capacity() {
            self.flush_buffer()?;
        }
        // A large piece need not be copied.
        if bytes.len() >= self.buffer.capacity() {
            return self.inner.write(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.flush_buffer()?;
        self.inner.flush()
    }
}

/// What is in the buffer is written first.
impl<W: Write + Seek + ?Sized> Seek for BufWriter<W> {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        self.flush_buffer()?;
        self.inner.seek(position)
    }
}

impl<W: Write + ?Sized> Drop for BufWriter<W> {
    fn drop(&mut self) {
        let _ = self.flush_buffer();
    }
}

impl<W: Write + fmt::Debug + ?Sized> fmt::Debug for BufWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufWriter")
            .field("buffered", &self.buffer.len())
            .field("inner", &&self.inner)
            .finish()
    }
}
