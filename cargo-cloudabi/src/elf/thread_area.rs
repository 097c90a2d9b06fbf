//! Whether x86-64 code takes the thread area for its own.
//!
//! A program may read and write the word at `%fs:0`, and finds its variables from there; the base of `%fs` belongs to
//! the host on most of them. Code for other systems reads `%fs:offset`: thread-local variables, stack protectors.

/// Offsets from `%fs` other than 0 that instructions in this code have, each with where it is.
///
/// This is no disassembler: it looks for the one way in which compilers write such an operand, which is too long to
/// be met by chance: prefix 64, perhaps a REX prefix, an opcode of one or two bytes, ModRM and SIB for an address
/// without registers (AMD64 Architecture Programmer's Manual, volume 3, 1.2 to 1.5), and the offset. Offsets in
/// registers are not found: they belong to thread-local variables, which a program's headers tell of.
pub fn direct_accesses(code: &[u8]) -> impl Iterator<Item = (usize, i32)> {
    let prefixes = code.iter().enumerate().filter(|(_, byte)| **byte == 0x64);
    prefixes.filter_map(|(at, _)| Some((at, offset(code.get(at + 1..)?)?))).filter(|(_, offset)| *offset != 0)
}

/// The offset of an instruction whose operand has no register, after the prefix.
fn offset(rest: &[u8]) -> Option<i32> {
    let rest = match rest {
        [0x40..=0x4f, rest @ ..] => rest,
        rest => rest,
    };
    let operand = match rest {
        [0x0f, _, operand @ ..] | [_, operand @ ..] => operand,
        [] => return None,
    };
    match operand {
        // mod 00 and r/m 100: there is a SIB byte; no index and base 101: 32 bits and nothing else.
        [modrm, 0x25, a, b, c, d, ..] if modrm & 0xc7 == 0x04 => Some(i32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_offsets_and_lets_the_word_itself_pass() {
        let found = |code: &[u8]| direct_accesses(code).collect::<Vec<_>>();
        // mov rax, fs:[0]
        assert_eq!(found(&[0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0]), []);
        // nop; mov rax, fs:[0x28]
        assert_eq!(found(&[0x90, 0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0]), [(1, 0x28)]);
        // mov ecx, fs:[-8]
        assert_eq!(found(&[0x64, 0x8b, 0x0c, 0x25, 0xf8, 0xff, 0xff, 0xff]), [(0, -8)]);
        // movzx eax, byte ptr fs:[16]
        assert_eq!(found(&[0x64, 0x0f, 0xb6, 0x04, 0x25, 16, 0, 0, 0]), [(0, 16)]);
        // mov rax, [rip + 0x28], and code that ends early
        assert_eq!(found(&[0x48, 0x8b, 0x05, 0x28, 0, 0, 0, 0x64, 0x48]), []);
    }
}
