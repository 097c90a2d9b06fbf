//! Random numbers that a process must not share with the one that it was copied from.

use cloudabi_host::threads;
use cloudabi_host::types::Tid;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// What decides about numbers that are chosen later, and a thread's number.
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
    pub fn new() -> Result<Seeds, Errno> {
        let mut bytes = [[0; 8]; 3];
        fill(bytes.as_flattened_mut())?;
        let [numbers, addresses, thread] = bytes.map(u64::from_ne_bytes);
        Ok(Seeds { numbers, addresses, thread: threads::number(thread as u32) })
    }
}

/// Fills bytes with what nobody can guess: getrandom(2).
pub fn fill(bytes: &mut [u8]) -> Result<(), Errno> {
    let mut filled = 0;
    while filled < bytes.len() {
        filled += rustix::io::retry_on_intr(|| getrandom(&mut bytes[filled..], GetRandomFlags::empty()))?;
    }
    Ok(())
}
