//! What is left on a thread's host stack of the last call that it made.
//!
//! A stub puts two words below the top of the stack, on x86-64 one more if the call has an odd number of arguments, then
//! the arguments, and then, by calling the dispatch table's entry, the address that it goes on at. Nothing clears
//! them, and what the next call leaves there begins at the same place. So the topmost address of a stub that stands where
//! that stub puts it is that of the last call. This costs calls nothing.

use super::image::in_image;
use crate::machine;
use crate::table::CALLS;

/// How many words below the top of a host stack [`last_call`] wants to see.
pub const WORDS: usize = 16;

/// Words that stubs put above the arguments.
const ABOVE: usize = 2;

/// The last call of a thread, by its number, and its arguments: one slot each, in the order of the C function. The words
/// are those below the top of its host stack, the topmost one last; the vDSO's image is at this address.
///
/// `None` if the thread has made no call yet, and on processors where callees store the address that they return to.
pub fn last_call(vdso: u64, words: &[u64; WORDS]) -> Option<(u32, &[u64])> {
    if !cfg!(target_arch = "x86_64") {
        return None;
    }
    let code = machine::code()?;
    (0..WORDS - ABOVE).rev().find_map(|at| {
        let offset = usize::try_from(words[at].checked_sub(vdso)?).ok()?;
        let mut calls = CALLS.iter().flatten();
        let call = calls.find(|call| {
            let stub = code.stub(call.number as usize).map(|stub| in_image(&stub));
            stub.is_some_and(|stub| stub.contains(&offset))
        })?;
        let arguments = call.inputs.len() + call.outputs.len();
        let filled = ABOVE + arguments.next_multiple_of(2);
        (at + 1 + filled == WORDS).then(|| (call.number, &words[at + 1..at + 1 + arguments]))
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
        let first = WORDS - ABOVE - arguments.next_multiple_of(2);
        for (index, word) in words[first..first + arguments].iter_mut().enumerate() {
            *word = index as u64;
        }
        let stub = machine::code().and_then(|code| code.stub(number as usize)).expect("a stub");
        words[first - 1] = VDSO + in_image(&stub).start as u64 + into;
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
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
