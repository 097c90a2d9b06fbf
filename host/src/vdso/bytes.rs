//! Numbers into bytes, when the host is compiled as well as when it runs. All are little-endian.

/// Writes bytes at an offset.
pub(super) const fn put(bytes: &mut [u8], at: usize, from: &[u8]) {
    bytes.split_at_mut(at).1.split_at_mut(from.len()).0.copy_from_slice(from);
}

/// Writes a number of two bytes.
pub(super) const fn put16(bytes: &mut [u8], at: usize, value: u16) {
    put(bytes, at, &value.to_le_bytes());
}

/// Writes a number of four bytes: the lower half of `value`, of which a place in an image never needs more.
pub(super) const fn put32(bytes: &mut [u8], at: usize, value: usize) {
    put(bytes, at, &(value as u32).to_le_bytes());
}

/// Writes a number of eight bytes.
pub(super) const fn put64(bytes: &mut [u8], at: usize, value: u64) {
    put(bytes, at, &value.to_le_bytes());
}
