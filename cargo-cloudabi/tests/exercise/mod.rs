//! Checks any bytes in both ways, and panics if these disagree. Tests and the fuzz target `elf` share it.

use cargo_cloudabi::elf::{Mistake, check, check_linked};

/// Checks bytes.
pub fn exercise(bytes: &[u8]) {
    let linked = check_linked(bytes);
    let mut mistakes = match check(bytes) {
        Ok(facts) => return assert_eq!(linked, Ok(facts)),
        Err(mistakes) => mistakes,
    };
    assert!(!mistakes.is_empty(), "it is refused for nothing");
    for mistake in &mistakes {
        assert!(!mistake.to_string().is_empty() && !mistake.help().is_empty());
    }
    // The mark is all that only one of them asks for.
    mistakes.retain(|mistake| !matches!(mistake, Mistake::Brand { .. }));
    assert_eq!(linked.err().unwrap_or_default(), mistakes);
}

/// A program with bytes of it replaced: each three bytes of `edits` are an offset, least byte first, and the byte that is
/// to be there.
pub fn edited(mut program: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    for edit in edits.as_chunks::<3>().0 {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % program.len();
        program[at] = edit[2];
    }
    program
}
