//! The program's memory, as the host sees it.
//!
//! All of a program's memory lies in one [`Region`] of addresses. A pointer from the program is a number until
//! [`Region::range`] has found it to lie there, which takes two comparisons. That makes it a [`GuestRange`], or
//! with a type a [`GuestRef`], [`GuestSlice`], [`GuestSliceMut`] or [`GuestAtomic`]: places that may be *asked
//! for*. Whether there is memory at that place, and of which protection, only the access itself finds out, because
//! other threads of the program map and unmap at the same time. So all access goes through [`GuestMemory`], whose
//! copies answer [`Fault`] where a page is missing or protected.
//!
//! Nothing here depends on an operating system, on the definition of the ABI, or on the alignment of a program's
//! pointers: copies go byte by byte. Only [`GuestAtomic`] insists on alignment.
//!
//! **An empty range is in order wherever it points**, also at address 0: nothing is there to be accessed, and
//! empty containers of many languages have such pointers.

mod place;
mod plain;
mod region;

pub use place::{Elements, GuestAtomic, GuestRef, GuestSlice, GuestSliceMut};
pub use plain::{Defined, Plain, bytes_mut, bytes_of_slice, bytes_of_slice_mut, from_slot};
pub use region::{Fault, GuestRange, Region};

/// Access to a program's memory that survives bad pointers.
///
/// The program's other threads may write to the same memory at any time. So whatever was copied in must be checked
/// after copying, and what was checked must not be copied again.
pub trait GuestMemory {
    /// The addresses that belong to the program.
    fn region(&self) -> Region;

    /// Copies from the program's memory.
    ///
    /// # Errors
    /// [`Fault`] if a part of `from` is not in [`GuestMemory::region`], is not mapped, may not be read, or if the
    /// two lengths differ. What `to` holds is unspecified then.
    fn copy_in(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault>;

    /// As [`GuestMemory::copy_in`], for sizes that are not known beforehand, such as those of paths.
    ///
    /// # Errors
    /// As for [`GuestMemory::copy_in`].
    #[inline(always)]
    fn copy_in_any(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault> {
        self.copy_in(from, to)
    }

    /// Copies to the program's memory.
    ///
    /// # Errors
    /// [`Fault`] if a part of `to` is not in [`GuestMemory::region`], is not mapped, may not be written, or if the
    /// two lengths differ. A part may have been written then.
    fn copy_out(&self, to: GuestRange, from: &[u8]) -> Result<(), Fault>;

    /// Finds out whether memory could be written at this moment, without changing what it holds, also while
    /// other threads write to it.
    ///
    /// Shims ask this before calls that create descriptors: if such a call's result could not be stored, the
    /// program would be left with a descriptor whose number it never learns.
    ///
    /// # Errors
    /// [`Fault`] as for [`GuestMemory::copy_out`].
    fn probe_write(&self, range: GuestRange) -> Result<(), Fault>;
}

/// Atomic access to words of a program's memory that survives bad pointers.
pub trait AtomicMemory: GuestMemory {
    /// Loads a word. Whatever the thread does next comes later for everybody.
    ///
    /// # Errors
    /// [`Fault`] if the word is not in [`GuestMemory::region`], is not mapped, or may not be read.
    fn load_word(&self, word: GuestAtomic<u32>) -> Result<u32, Fault>;

    /// Replaces a word if it is `current`, and gives what it was. Whoever sees the new value sees all that this thread
    /// did before.
    ///
    /// # Errors
    /// [`Fault`] if the word is not in [`GuestMemory::region`], is not mapped, or may not be written. On some processors
    /// a word that is not `current` is only read.
    fn compare_exchange_word(&self, word: GuestAtomic<u32>, current: u32, new: u32) -> Result<u32, Fault>;
}
