//! What is written in assembly: the stubs of the vDSO, its quick clock, and the way into a program and back.
//!
//! The files are for x86-64 and aarch64, and for the assemblers of systems whose object files are ELF. Everywhere
//! else [`code`] is `None`.

use core::ops::Range;

cfg_select! {
    all(any(target_arch = "x86_64", target_arch = "aarch64"), not(any(target_vendor = "apple", windows))) => {
        mod present;
        pub(crate) use present::{code, enter, leave};
    }
    _ => {
        mod absent;
        pub(crate) use absent::{code, enter, leave};
    }
}

/// The code that is copied into the vDSO: the stubs, and behind them the quick clock with its data. Places in it
/// are in bytes from its beginning.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// All of it.
    pub bytes: &'static [u8],
    /// Addresses of the stubs, by the numbers of their calls.
    pub stubs: &'static [Option<unsafe extern "C" fn()>],
    /// Where the last stub ends.
    pub stubs_end: usize,
    /// The quick clock's function.
    pub clock: Range<usize>,
    /// Its instruction that stores the result.
    pub clock_store: Range<usize>,
    /// Where it goes on if that faults.
    pub clock_landing: usize,
    /// Its data.
    pub clock_data: Range<usize>,
}

impl Code {
    /// Where the stub of the call with this number begins and ends.
    pub fn stub(&self, number: usize) -> Option<Range<usize>> {
        let begin = self.place(self.stubs.get(number).copied()??);
        // Stubs stand in the order of their numbers. Between them is what aligns them.
        let next = self.stubs[number + 1..].iter().flatten().next();
        let mut end = next.map_or(self.stubs_end, |next| self.place(*next));
        while cfg!(target_arch = "x86_64") && end > begin && self.bytes[end - 1] == INT3 {
            end -= 1;
        }
        Some(begin..end)
    }

    fn place(&self, stub: unsafe extern "C" fn()) -> usize {
        (stub as usize).wrapping_sub(self.bytes.as_ptr() as usize)
    }
}

/// What the files for x86-64 put between functions; none ends with it.
const INT3: u8 = 0xcc;
