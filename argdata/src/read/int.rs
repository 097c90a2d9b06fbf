//! Integers of any size.

/// An integer of any size: two's complement, big-endian, in as few bytes as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Int<'a> {
    bytes: &'a [u8],
}

impl<'a> Int<'a> {
    /// The integer of these bytes. `None` if it has a byte that it does not need.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let superfluous = match bytes {
            [0] => true,
            [first, second, ..] => (*first == 0 && *second < 0x80) || (*first == 0xff && *second >= 0x80),
            _ => false,
        };
        (!superfluous).then_some(Int { bytes })
    }

    /// Two's complement, big-endian, in as few bytes as it takes: none for zero.
    pub const fn to_be_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Whether it is less than zero.
    pub fn is_negative(self) -> bool {
        self.bytes.first().is_some_and(|&first| first >= 0x80)
    }

    /// The number, if it fits.
    pub fn to_i128(self) -> Option<i128> {
        let mut wide = if self.is_negative() { [0xff; 16] } else { [0; 16] };
        let start = wide.len().checked_sub(self.bytes.len())?;
        wide[start..].copy_from_slice(self.bytes);
        Some(i128::from_be_bytes(wide))
    }

    /// The number, if it fits.
    pub fn to_i64(self) -> Option<i64> {
        self.to_i128()?.try_into().ok()
    }

    /// The number, if it fits.
    pub fn to_u64(self) -> Option<u64> {
        self.to_i128()?.try_into().ok()
    }

    /// The number, if it fits.
    pub fn to_u128(self) -> Option<u128> {
        let magnitude = match self.bytes {
            _ if self.is_negative() => return None,
            [0, magnitude @ ..] | magnitude => magnitude,
        };
        let mut wide = [0; 16];
        let start = wide.len().checked_sub(magnitude.len())?;
        wide[start..].copy_from_slice(magnitude);
        Some(u128::from_be_bytes(wide))
    }
}
