//! From readers to writers.

use alloc::vec;

use super::{ErrorKind, Read, Result, Write};

/// How much is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Writes everything that comes. Says how many bytes that were.
///
/// ```
/// use cloudabi::io;
///
/// let mut target = Vec::new();
/// assert_eq!(io::copy(&mut &b"hello"[..], &mut target)?, 5);
/// assert_eq!(target, b"hello");
/// # Ok::<(), io::Error>(())
/// ```
///
/// # Errors
///
/// Those of reading and writing.
pub fn copy<R: Read + ?Sized, W: Write + ?Sized>(reader: &mut R, writer: &mut W) -> Result<u64> {
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                writer.write_all(&buffer[..count])?;
                total += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
