//! Random numbers.

use cloudabi_host::memory::GuestRange;
use cloudabi_host::threads;
use cloudabi_host::types::{Errno, Tid};

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

/// Random numbers that a process must not share with the one that it was copied from: what decides about numbers that are
/// chosen later, and a thread's number.
#[derive(Clone, Copy, Debug)]
pub struct Seeds {
    /// For numbers of descriptors.
    pub numbers: u64,
    /// For addresses.
    pub addresses: u64,
    /// For the only thread.
    pub thread: Tid,
}

impl Seeds {
    /// New ones.
    ///
    /// # Errors
    /// What getrandom(2) says.
    pub fn new() -> Result<Seeds, Errno> {
        let mut bytes = [[0; 8]; 3];
        fill(bytes.as_flattened_mut())?;
        let [numbers, addresses, thread] = bytes.map(u64::from_ne_bytes);
        Ok(Seeds { numbers, addresses, thread: threads::number(thread as u32) })
    }
}
