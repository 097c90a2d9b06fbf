//! Random numbers from the host's cryptographic generator.

use core::mem::MaybeUninit;

use crate::io;

/// Fills memory with random bytes, which are fit for keys.
///
/// ```no_run
/// # fn main() -> cloudabi::io::Result<()> {
/// let mut key = [0; 32];
/// cloudabi::random::fill(&mut key)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the host's generator failed.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    // SAFETY: a `MaybeUninit<u8>` has the layout of a byte, and the call writes initialised bytes only.
    let bytes = unsafe { &mut *(core::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) };
    fill_uninit(bytes)
}

/// Fills memory that need not be initialised with random bytes.
///
/// ```no_run
/// use core::mem::MaybeUninit;
///
/// # fn main() -> cloudabi::io::Result<()> {
/// let mut bytes = [MaybeUninit::<u8>::uninit(); 64];
/// cloudabi::random::fill_uninit(&mut bytes)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the host's generator failed. Nothing is known of the memory then.
pub fn fill_uninit(bytes: &mut [MaybeUninit<u8>]) -> io::Result<()> {
    // SAFETY: the memory is borrowed exclusively.
    Ok(unsafe { cloudabi_sys::random_get(bytes) }?)
}

/// A random number.
///
/// ```no_run
/// # fn main() -> cloudabi::io::Result<()> {
/// let number = cloudabi::random::u64()?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// If the host's generator failed.
pub fn u64() -> io::Result<u64> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Random bytes that the host gave this program when it started: for stack canaries and the seeds of hash tables, not
/// for keys. Hosts give 64.
///
/// ```no_run
/// let seed: Option<[u8; 8]> = cloudabi::random::start_seed().first_chunk().copied();
/// ```
pub fn start_seed() -> &'static [u8] {
    crate::start::canary()
}
