//! Types that can be copied between the host and the program byte by byte.

use core::fmt;
use core::mem::MaybeUninit;

/// A type that is nothing but its bytes.
///
/// # Safety
/// Every pattern of bits is a value of the type, and the type has no padding: every byte of a value is
/// initialised. It holds neither references nor anything with interior mutability.
pub unsafe trait Plain: Copy + 'static {
    /// The value whose bytes are all zero. Structures that a host gives to the program start with it
    /// (`Filestat { st_size: 5, ..Filestat::zeroed() }`), which makes their padding zero.
    #[inline(always)]
    fn zeroed() -> Self {
        // SAFETY: every pattern of bits is a value.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }

    /// The value's bytes in memory order.
    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        // SAFETY: every byte of a value is initialised, and the lifetime is that of the value.
        unsafe { core::slice::from_raw_parts((&raw const *self).cast(), size_of::<Self>()) }
    }

    /// The value's bytes in memory order, to be changed.
    #[inline(always)]
    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; and whatever is written is a value again.
        unsafe { core::slice::from_raw_parts_mut((&raw mut *self).cast(), size_of::<Self>()) }
    }

    /// The bytes of several values in memory order, to be changed.
    #[inline(always)]
    fn bytes_of_slice_mut(values: &mut [Self]) -> &mut [u8] {
        // SAFETY: as in `bytes_mut`; the elements of a slice lie side by side.
        unsafe { core::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
    }

    /// The bytes of several values in memory order.
    #[inline(always)]
    fn bytes_of_slice(values: &[Self]) -> &[u8] {
        // SAFETY: as in `bytes`; the elements of a slice lie side by side.
        unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
    }

    /// The value in the low bytes of an argument slot. The bytes above it are not looked at: a C compiler leaves
    /// there what it likes.
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        const {
            assert!(size_of::<Self>() <= size_of::<u64>(), "too large for an argument slot");
            assert!(cfg!(target_endian = "little"), "argument slots hold their value in the low bytes");
        }
        // SAFETY: the value is not larger than the slot, and every pattern of bits is a value.
        unsafe { (&raw const slot).cast::<Self>().read_unaligned() }
    }
}

macro_rules! plain_numbers {
    ($($number:ty)*) => { $(
        // SAFETY: an integer is its bytes.
        unsafe impl Plain for $number {}
    )* };
}

plain_numbers!(u8 u16 u32 u64 i8 i16 i32 i64);

// SAFETY: the elements of an array lie side by side, so there are no other bytes than theirs.
unsafe impl<T: Plain, const COUNT: usize> Plain for [T; COUNT] {}

/// Bytes of a structure that mean nothing. A host can only make them zero, so that a structure that it gives to
/// the program carries nothing of its own memory there.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Padding<const SIZE: usize>([u8; SIZE]);

impl<const SIZE: usize> Padding<SIZE> {
    /// Zeros.
    pub const ZERO: Self = Padding([0; SIZE]);
}

// SAFETY: an array of bytes.
unsafe impl<const SIZE: usize> Plain for Padding<SIZE> {}

impl<const SIZE: usize> fmt::Debug for Padding<SIZE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Padding<{SIZE}>")
    }
}

/// Paddings are equal whatever they hold: they mean nothing.
impl<const SIZE: usize> PartialEq for Padding<SIZE> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<const SIZE: usize> Eq for Padding<SIZE> {}

/// Types some of whose bit patterns the ABI leaves undefined.
pub trait Defined {
    /// Whether the ABI defines this value: an enumeration has one of its values, a flag set none but its flags, and
    /// so has each member of a structure, including those of the arm of a variant that its tag selects.
    fn is_defined(&self) -> bool;
}
