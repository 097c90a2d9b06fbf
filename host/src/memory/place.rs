//! Places in the program's memory with a type: validated addresses, not yet accessed.

use core::fmt;
use core::marker::PhantomData;

use super::plain::{Plain, bytes_mut, bytes_of_slice, bytes_of_slice_mut};
use super::{Fault, GuestMemory, GuestRange, Region};

/// One value in the program's memory, to be read, written or both.
pub struct GuestRef<T> {
    range: GuestRange,
    element: PhantomData<fn() -> T>,
}

impl<T: Plain> GuestRef<T> {
    /// The value at this address.
    ///
    /// # Errors
    /// [`Fault`] if a byte of it is outside of the region.
    #[inline(always)]
    pub const fn new(region: Region, address: u64) -> Result<Self, Fault> {
        match region.range(address, size_of::<T>() as u64) {
            Ok(range) => Ok(GuestRef { range, element: PhantomData }),
            Err(fault) => Err(fault),
        }
    }

    /// Copies the value in.
    ///
    /// # Errors
    /// [`Fault`] if the memory is not mapped or may not be read.
    #[inline(always)]
    pub fn load(self, memory: &impl GuestMemory) -> Result<T, Fault> {
        let mut value = T::ZERO;
        memory.copy_in(self.range, bytes_mut(&mut value))?;
        Ok(value)
    }

    /// Copies a value out.
    ///
    /// # Errors
    /// [`Fault`] if the memory is not mapped or may not be written.
    #[inline(always)]
    pub fn store(self, memory: &impl GuestMemory, value: &T) -> Result<(), Fault> {
        memory.copy_out(self.range, value.as_bytes())
    }

    /// Finds out whether [`GuestRef::store`] would work at this moment.
    ///
    /// # Errors
    /// [`Fault`] if not.
    #[inline(always)]
    pub fn probe(self, memory: &impl GuestMemory) -> Result<(), Fault> {
        memory.probe_write(self.range)
    }
}

impl<T> GuestRef<T> {
    /// Where it is.
    #[inline(always)]
    pub const fn range(self) -> GuestRange {
        self.range
    }
}

/// A word in the program's memory that its threads, and other processes, access atomically: a lock or a condition
/// variable. It is aligned to its size, as atomic instructions and the kernel's waiting functions need it.
pub struct GuestAtomic<T> {
    range: GuestRange,
    element: PhantomData<fn() -> T>,
}

impl<T: Plain> GuestAtomic<T> {
    /// The word at this address, which must be a multiple of the word's size.
    ///
    /// # Errors
    /// [`Fault`] if a byte of it is outside of the region, or if it is not aligned.
    #[inline(always)]
    pub const fn new(region: Region, address: u64) -> Result<Self, Fault> {
        match region.range(address, size_of::<T>() as u64) {
            Ok(range) if address.is_multiple_of(size_of::<T>() as u64) => {
                Ok(GuestAtomic { range, element: PhantomData })
            }
            _ => Err(Fault),
        }
    }
}

impl<T> GuestAtomic<T> {
    /// Where it is.
    #[inline(always)]
    pub const fn range(self) -> GuestRange {
        self.range
    }

    /// Its address.
    #[inline(always)]
    pub const fn address(self) -> u64 {
        self.range.address()
    }

    /// The same word as a number.
    #[inline(always)]
    pub const fn as_word(self) -> GuestAtomic<u32> {
        const { assert!(size_of::<T>() == size_of::<u32>(), "not a word") };
        GuestAtomic { range: self.range, element: PhantomData }
    }
}

/// Values side by side in the program's memory, to be read.
pub struct GuestSlice<T> {
    range: GuestRange,
    element: PhantomData<fn() -> T>,
}

/// Values side by side in the program's memory, to be written, or to be read and written.
pub struct GuestSliceMut<T> {
    range: GuestRange,
    element: PhantomData<fn() -> T>,
}

macro_rules! slice_methods {
    ($slice:ident) => {
        impl<T: Plain> $slice<T> {
            /// `count` values from this address.
            ///
            /// # Errors
            /// [`Fault`] if a byte of them is outside of the region, or if their total size exceeds 64 bits.
            #[inline(always)]
            pub const fn new(region: Region, address: u64, count: u64) -> Result<Self, Fault> {
                match region.array(address, count, size_of::<T>() as u64) {
                    Ok(range) => Ok($slice { range, element: PhantomData }),
                    Err(fault) => Err(fault),
                }
            }

            /// How many values there are.
            #[inline(always)]
            pub const fn len(self) -> u64 {
                match (size_of::<T>() as u64, self.range.size()) {
                    (0, _) => 0,
                    (size, total) => total / size,
                }
            }

            /// Whether there are none.
            #[inline(always)]
            pub const fn is_empty(self) -> bool {
                self.range.is_empty()
            }

            /// The value at this index; `None` behind the last one.
            #[inline(always)]
            pub fn get(self, index: u64) -> Option<GuestRef<T>> {
                if index >= self.len() {
                    return None;
                }
                let size = size_of::<T>() as u64;
                let range = self.range.part(index * size, size)?;
                Some(GuestRef { range, element: PhantomData })
            }

            /// Copies the first values in, as many as both sides have, and says how many those were.
            ///
            /// # Errors
            /// [`Fault`] if the memory is not mapped or may not be read.
            #[inline(always)]
            pub fn load(self, memory: &impl GuestMemory, to: &mut [T]) -> Result<usize, Fault> {
                let count = usize::try_from(self.len()).map_or(to.len(), |len| len.min(to.len()));
                let to = bytes_of_slice_mut(&mut to[..count]);
                memory.copy_in(self.range.part(0, to.len() as u64).ok_or(Fault)?, to)?;
                Ok(count)
            }
        }

        impl<T> $slice<T> {
            /// Where they are.
            #[inline(always)]
            pub const fn range(self) -> GuestRange {
                self.range
            }
        }
    };
}

slice_methods!(GuestSlice);
slice_methods!(GuestSliceMut);

impl<T: Plain> GuestSlice<T> {
    /// Copies the values in one by one, each exactly once.
    #[inline(always)]
    pub fn iter<M: GuestMemory>(self, memory: &M) -> Elements<'_, T, M> {
        Elements { slice: self, next: 0, memory }
    }
}

impl<T: Plain> GuestSliceMut<T> {
    /// Copies values out to the first places, as many as both sides have, and says how many those were.
    ///
    /// # Errors
    /// [`Fault`] if the memory is not mapped or may not be written. A part may have been written then.
    #[inline(always)]
    pub fn store(self, memory: &impl GuestMemory, from: &[T]) -> Result<usize, Fault> {
        let count = usize::try_from(self.len()).map_or(from.len(), |len| len.min(from.len()));
        let from = bytes_of_slice(&from[..count]);
        memory.copy_out(self.range.part(0, from.len() as u64).ok_or(Fault)?, from)?;
        Ok(count)
    }
}

/// The values of a [`GuestSlice`], copied in one by one.
#[derive(Debug)]
pub struct Elements<'m, T, M> {
    slice: GuestSlice<T>,
    next: u64,
    memory: &'m M,
}

impl<T: Plain, M: GuestMemory> Iterator for Elements<'_, T, M> {
    type Item = Result<T, Fault>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let element = self.slice.get(self.next)?;
        self.next += 1;
        Some(element.load(self.memory))
    }
}

/// These are addresses: they can be copied, compared and shown whatever the type of the values is.
macro_rules! address_traits {
    ($($place:ident)*) => { $(
        impl<T> Clone for $place<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $place<T> {}

        impl<T> PartialEq for $place<T> {
            fn eq(&self, other: &Self) -> bool {
                self.range == other.range
            }
        }

        impl<T> Eq for $place<T> {}

        impl<T> fmt::Debug for $place<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (address, size) = (self.range.address(), self.range.size());
                write!(f, concat!(stringify!($place), "({:#x}, {} bytes)"), address, size)
            }
        }
    )* };
}

address_traits!(GuestRef GuestAtomic GuestSlice GuestSliceMut);
