//! Reading.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Chain, Error, ErrorKind, IoSliceMut, Result, Take};

/// How much room is made at first where nobody knows how much comes, in bytes.
const FIRST_ROOM: usize = 4096;

/// What bytes can be read from.
///
/// ```
/// use cloudabi::io::Read as _;
///
/// let mut text = String::new();
/// (&b"hello"[..]).read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
pub trait Read {
    /// Reads some bytes, and says how many. 0 means that nothing more comes, or that there was no room.
    ///
    /// # Errors
    ///
    /// If none was read.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// Reads some bytes into these pieces, one after the other, and says how many.
    ///
    /// # Errors
    ///
    /// If none was read.
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize> {
        match buffers.iter_mut().find(|buffer| !buffer.is_empty()) {
            Some(buffer) => self.read(buffer),
            None => self.read(&mut []),
        }
    }

    /// Reads as many bytes as there is room for.
    ///
    /// ```
    /// use cloudabi::io::{ErrorKind, Read as _};
    ///
    /// let (mut bytes, mut source) = ([0; 2], &[1, 2, 3][..]);
    /// source.read_exact(&mut bytes)?;
    /// assert_eq!(bytes, [1, 2]);
    /// assert_eq!(source.read_exact(&mut bytes).map_err(|error| error.kind()), Err(ErrorKind::UnexpectedEof));
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEof`] if fewer come, and all others but [`ErrorKind::Interrupted`].
    fn read_exact(&mut self, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            match self.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => buffer = &mut buffer[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Appends everything that comes, and says how many bytes that were.
    ///
    /// ```
    /// use cloudabi::io::Read as _;
    ///
    /// let mut bytes = vec![1];
    /// assert_eq!((&[2, 3][..]).read_to_end(&mut bytes)?, 2);
    /// assert_eq!(bytes, [1, 2, 3]);
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All but [`ErrorKind::Interrupted`]. What came before is there.
    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> Result<usize> {
        let start = bytes.len();
        let mut end = start;
        loop {
            if end == bytes.len() {
                let room = bytes.len().clamp(FIRST_ROOM, 1 << 20);
                bytes.try_reserve(room).map_err(|_| ErrorKind::OutOfMemory)?;
                bytes.resize(end + room, 0);
            }
            match self.read(&mut bytes[end..]) {
                Ok(0) => break,
                Ok(count) => end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    bytes.truncate(end);
                    return Err(error);
                }
            }
        }
        bytes.truncate(end);
        Ok(end - start)
    }

    /// Appends everything that comes, which has to be UTF-8, and says how many bytes that were.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`] if it is not UTF-8, and all others but [`ErrorKind::Interrupted`]. Nothing is
    /// appended then.
    fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
        let mut bytes = Vec::new();
        let count = self.read_to_end(&mut bytes)?;
        text.push_str(core::str::from_utf8(&bytes).map_err(|_| not_utf8())?);
        Ok(count)
    }

    /// At most so many bytes of it.
    ///
    /// ```
    /// use cloudabi::io::Read as _;
    ///
    /// let mut text = String::new();
    /// (&b"hello"[..]).take(4).read_to_string(&mut text)?;
    /// assert_eq!(text, "hell");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Take { inner: self, left: limit }
    }

    /// This, and after its end the other one.
    ///
    /// ```
    /// use cloudabi::io::Read as _;
    ///
    /// let mut text = String::new();
    /// (&b"one, "[..]).chain(&b"two"[..]).read_to_string(&mut text)?;
    /// assert_eq!(text, "one, two");
    /// # Ok::<(), cloudabi::io::Error>(())
    /// ```
    fn chain<R: Read>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
    {
        Chain { first: Some(self), second: next }
    }

    /// The same, borrowed, for what takes it by value.
    fn by_ref(&mut self) -> &mut Self
    where
        Self: Sized,
    {
        self
    }
}

pub(crate) const fn not_utf8() -> Error {
    Error::constant(ErrorKind::InvalidData, "the text is not UTF-8")
}

macro_rules! forward {
    ($($(#[$meta:meta])* impl[$($parameters:tt)*] $ty:ty;)*) => {
        $(
            $(#[$meta])*
            impl<$($parameters)*> Read for $ty {
                fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
                    (**self).read(buffer)
                }

                fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize> {
                    (**self).read_vectored(buffers)
                }
            }
        )*
    };
}

forward! {
    impl[T: Read + ?Sized] &mut T;
    impl[T: Read + ?Sized] alloc::boxed::Box<T>;
}

/// What has been read is no longer part of the slice.
impl Read for &[u8] {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = buffer.len().min(self.len());
        let (read, rest) = self.split_at(count);
        buffer[..count].copy_from_slice(read);
        *self = rest;
        Ok(count)
    }
}
