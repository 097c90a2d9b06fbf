//! Integers of any size that own their bytes.

use alloc::vec::Vec;

/// An integer of any size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Integer {
    /// Two's complement, big-endian, as few bytes as it takes.
    bytes: Vec<u8>,
}

impl Integer {
    /// The integer of these bytes, which are two's complement and big-endian. More of them than it takes do no
    /// harm.
    pub fn from_be_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let mut bytes = bytes.into();
        let sign = if bytes.first().is_some_and(|&first| first >= 0x80) { 0xff } else { 0 };
        // All leading bytes that only repeat the sign, but for one where the next byte would show another sign.
        let repeated = bytes.iter().take_while(|&&byte| byte == sign).count();
        let shows_sign = bytes.get(repeated).map_or(sign == 0, |&byte| (byte >= 0x80) == (sign != 0));
        bytes.drain(..repeated - usize::from(repeated > 0 && !shows_sign));
        Integer { bytes }
    }

    /// The integer of this size, less than zero if `negative`. The bytes of the magnitude are big-endian.
    pub fn from_magnitude(negative: bool, magnitude: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(magnitude.len() + 1);
        bytes.push(0);
        bytes.extend_from_slice(magnitude);
        if negative {
            let mut carry = true;
            for byte in bytes.iter_mut().rev() {
                (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
            }
        }
        Integer::from_be_bytes(bytes)
    }

    /// Two's complement, big-endian, in as few bytes as it takes: none for zero.
    pub fn to_be_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

macro_rules! from_numbers {
    ($($number:ident)*) => {
        $(
            impl From<$number> for Integer {
                fn from(value: $number) -> Self {
                    let negative = i128::from(value) < 0;
                    Integer::from_magnitude(negative, &i128::from(value).unsigned_abs().to_be_bytes())
                }
            }
        )*
    };
}

from_numbers! { i8 i16 i32 i64 i128 u8 u16 u32 u64 }

impl From<u128> for Integer {
    fn from(value: u128) -> Self {
        Integer::from_magnitude(false, &value.to_be_bytes())
    }
}
