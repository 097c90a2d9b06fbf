//! Which instructions may fault, and where to go on if they do.

use core::fmt;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

/// An entry of the table that the linker puts together: three addresses, each relative to its own place, so that
/// nothing has to be relocated.
#[repr(C)]
struct Entry {
    begin: i32,
    end: i32,
    landing: i32,
}

/// Assembler lines that add an entry to the table: from one label up to another one, and the label where to go on.
///
/// The linker defines symbols for the ends of a section whose name is an identifier. Nothing refers to the single
/// entries, hence `R`: the linker must not drop them.
macro_rules! table_entry {
    ($begin:literal, $end:literal, $landing:literal) => {
        concat!(
            ".pushsection cloudabi_recovery, \"aR\", %progbits\n",
            ".balign 4\n",
            ".long ",
            $begin,
            " - .\n",
            ".long ",
            $end,
            " - .\n",
            ".long ",
            $landing,
            " - .\n",
            ".popsection\n",
        )
    };
}
pub(super) use table_entry;

/// The address that a relative one at this place stands for.
fn absolute(relative: &i32) -> usize {
    core::ptr::from_ref(relative).addr().wrapping_add_signed(*relative as isize)
}

/// The table that the linker put together.
fn table() -> &'static [Entry] {
    let [begin, end] = super::machine::table_bounds();
    let count = (end.addr() - begin.addr()) / size_of::<Entry>();
    // SAFETY: the linker placed the entries side by side between these addresses, and nothing changes them.
    unsafe { core::slice::from_raw_parts(begin.cast::<Entry>(), count) }
}

/// How many pieces of code made at run time can be registered.
const SLOTS: usize = 8;

/// A slot that is free has this for its first address, and one that is being filled [`CLAIMED`].
const FREE: usize = 0;

/// See [`FREE`]. No instruction lies below it.
const CLAIMED: usize = 1;

/// Where a registered piece of code stands. While `end` is 0 it contains nothing.
struct Slot {
    begin: AtomicUsize,
    end: AtomicUsize,
    landing: AtomicUsize,
}

static REGISTERED: [Slot; SLOTS] = [const {
    Slot { begin: AtomicUsize::new(FREE), end: AtomicUsize::new(0), landing: AtomicUsize::new(0) }
}; SLOTS];

/// A piece of code made at run time that may fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The addresses of the instructions that may fault.
    pub instructions: Range<usize>,
    /// Where a thread goes on after a fault, with all registers as they were.
    pub landing: usize,
}

/// As many pieces of code are registered as there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no more than {SLOTS} pieces of code can recover from faults")
    }
}

impl core::error::Error for Full {}

impl Recovery {
    /// Lets [`landing`] know of this code, from now on and in all threads.
    ///
    /// # Errors
    /// [`Full`]
    ///
    /// # Safety
    /// Until it is taken back, these addresses hold code that can go on at the landing whichever of its
    /// instructions faulted.
    pub unsafe fn register(&self) -> Result<(), Full> {
        let claim = |slot: &&Slot| {
            slot.begin.compare_exchange(FREE, CLAIMED, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let slot = REGISTERED.iter().find(claim).ok_or(Full)?;
        slot.landing.store(self.landing, Ordering::Relaxed);
        slot.end.store(self.instructions.end, Ordering::Relaxed);
        slot.begin.store(self.instructions.start, Ordering::Release);
        Ok(())
    }

    /// Takes back what was registered. No thread may be running that code.
    pub fn unregister(&self) {
        for slot in &REGISTERED {
            if slot.begin.load(Ordering::Acquire) == self.instructions.start
                && slot.end.load(Ordering::Relaxed) == self.instructions.end
            {
                slot.end.store(0, Ordering::Relaxed);
                slot.begin.store(FREE, Ordering::Release);
                return;
            }
        }
    }
}

/// Where a thread goes on if this instruction of its has faulted; `None` if that instruction is not one that may.
///
/// It can be called from a signal handler: it takes no lock, allocates nothing, uses no thread-local variable and
/// never panics.
pub fn landing(instruction: usize) -> Option<usize> {
    for entry in table() {
        if instruction >= absolute(&entry.begin) && instruction < absolute(&entry.end) {
            return Some(absolute(&entry.landing));
        }
    }
    for slot in &REGISTERED {
        let begin = slot.begin.load(Ordering::Acquire);
        if begin > CLAIMED && instruction >= begin && instruction < slot.end.load(Ordering::Relaxed) {
            return Some(slot.landing.load(Ordering::Relaxed));
        }
    }
    None
}
