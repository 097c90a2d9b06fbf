//! Random numbers.

use cloudabi_host::memory::GuestRange;
use cloudabi_host::types::Errno;

use super::last_error;

/// Fills bytes with what nobody can guess: getrandom(2).
///
/// # Errors
/// What it says.
pub fn fill(bytes: &mut [u8]) -> Result<(), Errno> {
    fill_at(bytes.as_mut_ptr().expose_provenance() as u64, bytes.len() as u64)
}

/// `random_get`: fills all of a range of the program's memory.
///
/// # Errors
/// [`Errno::FAULT`] if there is no memory that can be written.
pub fn fill_range(range: GuestRange) -> Result<(), Errno> {
    fill_at(range.address(), range.size())
}

fn fill_at(mut address: u64, mut rest: u64) -> Result<(), Errno> {
    while rest > 0 {
        let place = std::ptr::with_exposed_provenance_mut(address as usize);
        // SAFETY: the bytes are the caller's, or lie in the program's memory, to which the runtime holds no references.
        match unsafe { libc::getrandom(place, rest as usize, 0) } {
            filled @ 1.. => {
                address += filled as u64;
                rest -= filled as u64;
            }
            _ => match last_error() {
                Errno::INTR => {}
                error => return Err(error),
            },
        }
    }
    Ok(())
}
