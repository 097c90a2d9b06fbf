//! Random numbers.

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// Fills bytes with what nobody can guess: getrandom(2).
pub fn fill(bytes: &mut [u8]) -> Result<(), Errno> {
    let mut filled = 0;
    while filled < bytes.len() {
        filled += rustix::io::retry_on_intr(|| getrandom(&mut bytes[filled..], GetRandomFlags::empty()))?;
    }
    Ok(())
}
