//! Positions.

use super::Result;

/// A place in a file, in bytes.
///
/// ```
/// use cloudabi::io::{Cursor, Seek as _, SeekFrom};
///
/// let mut cursor = Cursor::new([0; 10]);
/// assert_eq!(cursor.seek(SeekFrom::End(-4))?, 6);
/// assert_eq!(cursor.seek(SeekFrom::Current(1))?, 7);
/// # Ok::<(), cloudabi::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeekFrom {
    /// So far from the start.
    Start(u64),
    /// So far from the end, which is mostly 0 or less.
    End(i64),
    /// So far from where it stands.
    Current(i64),
}

/// What has a position.
///
/// ```no_run
/// use cloudabi::io::{self, Seek as _, SeekFrom};
///
/// fn length(file: &mut cloudabi::fs::File) -> io::Result<u64> {
///     let length = file.seek(SeekFrom::End(0))?;
///     file.rewind()?;
///     Ok(length)
/// }
/// ```
pub trait Seek {
    /// Moves there. Gives the new position, from the start.
    ///
    /// # Errors
    ///
    /// If there is no such place, or no position at all.
    fn seek(&mut self, position: SeekFrom) -> Result<u64>;

    /// Moves to the start.
    ///
    /// # Errors
    ///
    /// If there is no position.
    fn rewind(&mut self) -> Result<()> {
        self.seek(SeekFrom::Start(0)).map(drop)
    }

    /// Where it stands.
    ///
    /// # Errors
    ///
    /// If there is no position.
    fn stream_position(&mut self) -> Result<u64> {
        self.seek(SeekFrom::Current(0))
    }
}

impl<T: Seek + ?Sized> Seek for &mut T {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        (**self).seek(position)
    }
}

impl<T: Seek + ?Sized> Seek for alloc::boxed::Box<T> {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        (**self).seek(position)
    }
}
