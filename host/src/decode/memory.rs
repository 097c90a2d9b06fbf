//! Reading a program's memory.

/// Memory of a program that may or may not be there.
pub trait ReadMemory {
    /// Fills `into` from this address on. Gives whether all of it could be read; if not, what `into` holds
    /// does not matter.
    fn read(&self, address: u64, into: &mut [u8]) -> bool;
}

/// No memory at all: all pointers are printed as addresses.
impl ReadMemory for () {
    fn read(&self, _address: u64, into: &mut [u8]) -> bool {
        into.is_empty()
    }
}

/// One piece of memory that begins at an address.
impl ReadMemory for (u64, &[u8]) {
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        let (base, bytes) = *self;
        let start = address.checked_sub(base).and_then(|offset| usize::try_from(offset).ok());
        let found = start.and_then(|start| bytes.get(start..)).and_then(|rest| rest.get(..into.len()));
        match found {
            Some(found) => {
                into.copy_from_slice(found);
                true
            }
            None => false,
        }
    }
}
