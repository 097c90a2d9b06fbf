//! What is left on a thread's host stack of the last call that it made.
//!
//! A stub puts two words below the top of the stack. On x86-64 follow one more if the call has an odd number of arguments, then
//! the arguments, and then, by calling the dispatch table's entry, the address that it goes on at. Nothing clears
//! them, and what the next call leaves there begins at the same place. So the topmost address of a stub that stands where
//! that stub puts it is that of the last call. This costs calls nothing.
//!
//! On aarch64 whoever is called stores the address that it returns to, wherever it likes. So a stub puts an address of its
//! own below the two words, then, if the call has an even number of arguments, leaves one word free, and then come the arguments.

use super::image::in_image;
use crate::call_info::CallInfo;
use crate::machine::{self, Code};
use crate::table::CALLS;

/// How many words below the top of a host stack [`last_call`] wants to see.
pub const WORDS: usize = 16;

/// Words that stubs put above everything else.
const ABOVE: usize = 2;

/// Whether the address stands above the arguments, rather than below them.
const ABOVE_ARGUMENTS: bool = cfg!(target_arch = "aarch64");

/// The last call of a thread, by its number, and its arguments: one slot each, in the order of the C function. The words
/// are those below the top of its host stack, the topmost one last; the vDSO's image is at this address.
///
/// `None` if the thread has made no call yet, and on processors without stubs.
pub fn last_call(vdso: u64, words: &[u64; WORDS]) -> Option<(u32, &[u64])> {
    let code = machine::code()?;
    let lowest = if ABOVE_ARGUMENTS { WORDS - ABOVE - 1 } else { 0 };
    (lowest..WORDS - ABOVE).rev().find_map(|at| {
        let offset = usize::try_from(words[at].checked_sub(vdso)?).ok()?;
        let call = call_at(&code, offset)?;
        let arguments = call.inputs.len() + call.outputs.len();
        let first = match ABOVE_ARGUMENTS {
            true => (at + 1).checked_sub((arguments + 1).next_multiple_of(2))?,
            false => at + 1,
        };
        let filled = ABOVE + arguments.next_multiple_of(2);
        (ABOVE_ARGUMENTS || first + filled == WORDS).then(|| (call.number, &words[first..first + arguments]))
    })
}

/// The call whose stub is at this offset of the image.
fn call_at(code: &Code, offset: usize) -> Option<&'static CallInfo> {
    CALLS.iter().flatten().find(|call| {
        let stub = code.stub(call.number as usize).map(|stub| in_image(&stub));
        stub.is_some_and(|stub| stub.contains(&offset))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    const VDSO: u64 = 0x7000_0000;

    /// The words that a call of so many arguments leaves, if it goes on at this offset of its stub.
    fn leave(words: &mut [u64; WORDS], number: u32, into: u64) {
        let call = table::call(number).expect("a call");
        let arguments = call.inputs.len() + call.outputs.len();
        let (first, address) = match ABOVE_ARGUMENTS {
            true => (WORDS - ABOVE - (arguments + 1).next_multiple_of(2), WORDS - ABOVE - 1),
            false => {
                let first = WORDS - ABOVE - arguments.next_multiple_of(2);
                (first, first - 1)
            }
        };
        for (index, word) in words[first..first + arguments].iter_mut().enumerate() {
            *word = index as u64;
        }
        let stub = machine::code().and_then(|code| code.stub(number as usize)).expect("a stub");
        words[address] = VDSO + in_image(&stub).start as u64 + into;
    }

    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn the_topmost_is_the_last() {
        let mut words = [0; WORDS];
        assert_eq!(last_call(VDSO, &words), None);
        // Of 4 arguments, and then of 1.
        leave(&mut words, 16, 40);
        assert_eq!(last_call(VDSO, &words), Some((16, &[0, 1, 2, 3][..])));
        leave(&mut words, 3, 30);
        assert_eq!(last_call(VDSO, &words), Some((3, &[0][..])));
        leave(&mut words, 16, 40);
        assert_eq!(last_call(VDSO, &words), Some((16, &[0, 1, 2, 3][..])));
    }

    #[test]
    fn anything_can_stand_there() {
        for word in [0, 1, VDSO, VDSO + 0x1000, u64::MAX] {
            for vdso in [0, VDSO, u64::MAX] {
                last_call(vdso, &[word; WORDS]);
            }
        }
    }
}
