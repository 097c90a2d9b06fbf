//! From the host into a program and back.
//!
//! A host thread [`run`]s a program's thread: it stays in there until a call that the thread makes decides to
//! [`leave`]. The registers that C wants kept stand on the host's own stack, just above
//! [`ThreadBlock::host_stack`], so that the way back does not touch the program's memory: the program's stack may be
//! gone by then.
//!
//! On processors and systems for which [`crate::vdso::build`] has no image, both functions end the process.

use crate::machine;
use crate::thread_block::ThreadBlock;
use crate::types::Tid;

/// Where and how a thread of a program begins. All are addresses in the program's memory that nothing here checks:
/// a thread that begins at a bad one faults as if it had jumped there itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The first instruction.
    pub entry: u64,
    /// The two arguments that the C function there is given.
    pub arguments: [u64; 2],
    /// The address just above the stack. It is rounded down to a multiple of 16.
    pub stack_top: u64,
    /// The thread control block, whose first word must point to the [`ThreadBlock`]. The thread word is set to it.
    pub control_block: u64,
}

impl Start {
    /// The first thread of a program, which is given its auxiliary vector.
    pub const fn program(entry: u64, auxv: u64, stack_top: u64, control_block: u64) -> Start {
        Start { entry, arguments: [auxv, 0], stack_top, control_block }
    }

    /// A further thread, which is given its number and the argument that its creator chose.
    pub const fn thread(entry: u64, thread: Tid, argument: u64, stack_top: u64, control_block: u64) -> Start {
        Start { entry, arguments: [thread.0 as u64, argument], stack_top, control_block }
    }
}

/// Runs a thread of a program on this host thread, until a call that it makes [`leave`]s. Gives the value that was
/// left with.
///
/// Sets [`ThreadBlock::host_thread_pointer`] to the thread word and [`ThreadBlock::host_stack`] to the stack as
/// they are now: the program's calls are served on the rest of the stack that this function is called on.
///
/// The program's thread finds its arguments, its stack as after a call that returns to address 0, and in no
/// register an address of the host's.
///
/// # Safety
/// `thread` points to a block that stays valid and is used by this thread only while this runs, with `entries` and
/// `context` set as the dispatch table needs them. The thread word of this thread is the host's. The program behaves:
/// a program that does not can do to this process whatever the process can do itself.
pub unsafe fn run(thread: *mut ThreadBlock, start: &Start) -> u64 {
    let Start { entry, arguments: [first, second], stack_top, control_block } = *start;
    // SAFETY: the caller promises what is needed.
    unsafe { machine::enter(thread, entry, first, second, stack_top, control_block) }
}

/// Returns from the [`run`] that runs this thread, with a value. Touches neither the program's memory nor the thread
/// word.
///
/// # Safety
/// This thread is in a `run` with this block, in host code that serves a call: the stubs have made the thread word
/// the host's. No frame between here and there has anything left to do: their variables are not dropped, and
/// what they borrow stays borrowed. (Shims and stubs have nothing left to do.)
pub unsafe fn leave(thread: *const ThreadBlock, value: u64) -> ! {
    // SAFETY: the caller promises what is needed.
    unsafe { machine::leave(thread, value) }
}
