//! Writing.

use core::fmt;

use super::{Error, ErrorKind, IoSlice, Result};

/// What bytes can be written to.
///
/// ```
/// use cloudabi::io::Write as _;
///
/// let mut text = Vec::new();
/// write!(text, "{} and {}", 1, 2)?;
/// assert_eq!(text, b"1 and 2");
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub trait Write {
    /// Writes some of these bytes, and says how many.
    ///
    /// # Errors
    ///
    /// If none was written.
    fn write(&mut self, bytes: &[u8]) -> Result<usize>;

    /// Hands on what was kept back.
    ///
    /// # Errors
    ///
    /// If something could not be handed on.
    fn flush(&mut self) -> Result<()>;

    /// Writes some bytes of these pieces, one after the other, and says how many.
    ///
    /// # Errors
    ///
    /// If none was written.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> Result<usize> {
        match pieces.iter().find(|piece| !piece.is_empty()) {
            Some(piece) => self.write(piece),
            None => self.write(&[]),
        }
    }

    /// Writes all of these bytes.
    ///
    /// ```
    /// use cloudabi::io::Write as _;
    ///
    /// let mut target = Vec::new();
    /// target.write_all(b"all of it")?;
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WriteZero`] if nothing more can be written, and all others but [`ErrorKind::Interrupted`].
    fn write_all(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                // No more than there was.
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes all bytes of these pieces, one after the other. The pieces are used up.
    ///
    /// ```
    /// use cloudabi::io::{IoSlice, Write as _};
    ///
    /// let mut target = Vec::new();
    /// target.write_all_vectored(&mut [IoSlice::new(b"one "), IoSlice::new(b"two")])?;
    /// assert_eq!(target, b"one two");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Write::write_all`].
    fn write_all_vectored(&mut self, mut pieces: &mut [IoSlice<'_>]) -> Result<()> {
        IoSlice::advance_slices(&mut pieces, 0);
        while !pieces.is_empty() {
            match self.write_vectored(pieces) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => IoSlice::advance_slices(&mut pieces, count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes text with values in it: `write!` and `writeln!` call this.
    ///
    /// # Errors
    ///
    /// As [`Write::write_all`].
    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> Result<()> {
        let mut adapter = Adapter { target: self, outcome: Ok(()) };
        match fmt::write(&mut adapter, text) {
            Ok(()) => Ok(()),
            Err(fmt::Error) => Err(match adapter.outcome {
                Err(error) => error,
                Ok(()) => Error::constant(ErrorKind::Other, "a value could not be made text"),
            }),
        }
    }

    /// The same, borrowed, for what takes it by value.
    fn by_ref(&mut self) -> &mut Self
    where
        Self: Sized,
    {
        self
    }
}

/// Keeps the error, which text formatting loses.
struct Adapter<'a, T: ?Sized> {
    target: &'a mut T,
    outcome: Result<()>,
}

impl<T: Write + ?Sized> fmt::Write for Adapter<'_, T> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.target.write_all(text.as_bytes()).map_err(|error| {
            self.outcome = Err(error);
            fmt::Error
        })
    }
}

macro_rules! forward {
    ($($(#[$meta:meta])* impl[$($parameters:tt)*] $ty:ty;)*) => {
        $(
            $(#[$meta])*
            impl<$($parameters)*> Write for $ty {
                fn write(&mut self, bytes: &[u8]) -> Result<usize> {
                    (**self).write(bytes)
                }

                fn flush(&mut self) -> Result<()> {
                    (**self).flush()
                }

                fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> Result<usize> {
                    (**self).write_vectored(pieces)
                }
            }
        )*
    };
}

forward! {
    impl[T: Write + ?Sized] &mut T;
    impl[T: Write + ?Sized] alloc::boxed::Box<T>;
}

/// Appends.
impl Write for alloc::vec::Vec<u8> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Overwrites it from the start. What has been written is no longer part of the slice.
impl Write for &mut [u8] {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let count = bytes.len().min(self.len());
        let (written, rest) = core::mem::take(self).split_at_mut(count);
        written.copy_from_slice(&bytes[..count]);
        *self = rest;
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
