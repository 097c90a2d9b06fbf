//! Types that can be copied between the host and the program byte by byte.

pub use crate::generated::support::Plain;

/// The bytes of a value in memory order, to be changed.
#[inline(always)]
pub fn bytes_mut<T: Plain>(value: &mut T) -> &mut [u8] {
    bytes_of_slice_mut(core::slice::from_mut(value))
}

/// The bytes of several values in memory order, to be changed.
#[inline(always)]
pub fn bytes_of_slice_mut<T: Plain>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: every byte of a plain value is initialised, the elements of a slice lie side by side, and whatever is
    // written is a value again.
    unsafe { core::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// The bytes of several values in memory order.
#[inline(always)]
pub fn bytes_of_slice<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: every byte of a plain value is initialised, and the elements of a slice lie side by side.
    unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The value in the low bytes of an argument slot. The bytes above it are not looked at: a C compiler leaves there
/// what it likes.
#[inline(always)]
pub fn from_slot<T: Plain>(slot: u64) -> T {
    const {
        assert!(size_of::<T>() <= size_of::<u64>(), "too large for an argument slot");
        assert!(cfg!(target_endian = "little"), "argument slots hold their value in the low bytes");
    }
    // SAFETY: the value is not larger than the slot, and every pattern of bits is a value.
    unsafe { (&raw const slot).cast::<T>().read_unaligned() }
}

/// Types some of whose bit patterns the ABI leaves undefined.
pub trait Defined {
    /// Whether the ABI defines this value: an enumeration has one of its values, a flag set none but its flags, and
    /// so has each member of a structure, including those of the arm of a variant that its tag selects.
    fn is_defined(&self) -> bool;
}
