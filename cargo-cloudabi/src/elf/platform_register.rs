//! Whether aarch64 code uses register x18.
//!
//! The register belongs to the host: some of them keep a pointer of their own there while a program runs, and others
//! clear it whenever they like (Procedure Call Standard for the Arm 64-bit Architecture, 6.1.1, "platform register").

/// The platform register's number.
const PLATFORM: u32 = 18;

/// Where in this code an instruction names the platform register.
///
/// Every four bytes are taken for an instruction: compilers keep data out of code on this machine. Instructions of the
/// Scalable Vector Extension are passed over; no compiler makes them unless it is told to.
pub fn uses(code: &[u8]) -> impl Iterator<Item = usize> {
    let (instructions, _) = code.as_chunks::<4>();
    let named = |(index, bytes): (usize, &[u8; 4])| names(u32::from_le_bytes(*bytes)).then_some(4 * index);
    instructions.iter().enumerate().filter_map(named)
}

/// Whether this instruction names the platform register, as 32 or 64 bits, to read or write it.
///
/// Encodings: Arm Architecture Reference Manual for A-profile, C4.1, "A64 instruction set encoding". A field that an
/// instruction has no use for is 0 or 31 there, so that it needs no exception here.
fn names(instruction: u32) -> bool {
    let bits = |from: u32, count: u32| instruction >> from & ((1 << count) - 1);
    let field = |from| bits(from, 5) == PLATFORM;
    // The places where a register's number can stand. What is there is often called Rd or Rt, Rn, Ra or Rt2, Rm or Rs.
    let (d, n, a, m) = (field(0), field(5), field(10), field(16));
    match bits(25, 4) {
        0b1000 | 0b1001 => match bits(23, 3) {
            // Addresses relative to the instruction, and constants.
            0b000 | 0b001 | 0b101 => d,
            // Extraction; or the authentication of pointers, with an offset in the place of registers.
            0b111 => bits(29, 2) != 0b11 && (d || n || m),
            _ => d || n,
        },
        0b1010 | 0b1011 => match (bits(29, 2), bits(25, 1)) {
            // Compare or test, and branch.
            (0b01, _) => d,
            // Exceptions have a constant there; system registers are read and written.
            (0b10, 0) => bits(24, 1) == 1 && d && bits(31, 1) == 1,
            (0b10, _) => n || d,
            _ => false,
        },
        0b0100 | 0b0110 | 0b1100 | 0b1110 => load_or_store(bits, d, n, a, m),
        // Logic and sums.
        0b0101 => d || n || m,
        0b1101 => match (bits(24, 1), bits(21, 3)) {
            (1, _) => d || n || m || a,
            // With carry; or flags from a register.
            (_, 0b000) => n || (bits(10, 6) == 0 && (d || m)),
            // Conditional comparison with a register, or a constant.
            (_, 0b010) => n || (bits(11, 1) == 0 && m),
            (_, 0b100) => d || n || m,
            (_, 0b110) => d || n || (bits(30, 1) == 0 && m),
            _ => false,
        },
        0b0111 | 0b1111 => vector(bits, d, n),
        _ => false,
    }
}

fn load_or_store(bits: impl Fn(u32, u32) -> u32, d: bool, n: bool, a: bool, m: bool) -> bool {
    // What is loaded or stored is a vector register.
    let vector = bits(26, 1) == 1;
    // The place of the first register has the kind of a prefetch.
    let prefetch = bits(30, 2) == 0b11 && !vector;
    let t = d && !vector;
    match bits(28, 2) {
        // Whole vector structures, perhaps with a register to add afterwards.
        0b00 if vector => n || (bits(23, 1) == 1 && m),
        // Exclusive and ordered accesses, compare and swap.
        0b00 => d || n || a || m,
        // From an address relative to the instruction.
        0b01 if bits(24, 1) == 0 => t && !prefetch,
        // Copying and filling of memory.
        0b01 if bits(10, 2) == 0b01 => d || n || m,
        0b01 => t || n || (bits(10, 2) == 0b10 && m),
        // Pairs.
        0b10 => t || n || (a && !vector),
        _ => {
            let plain = bits(24, 1) == 1 || bits(21, 1) == 0;
            let prefetch = prefetch && bits(22, 2) == 0b10;
            match bits(10, 2) {
                _ if plain => n || (t && !prefetch),
                // Atomic operations on memory.
                0b00 => n || m || t,
                // The sum of two registers.
                0b10 => n || m || (t && !prefetch),
                // Authenticated pointers.
                _ => n || t,
            }
        }
    }
}

/// Floating point and vectors: what goes to and comes from general registers.
fn vector(bits: impl Fn(u32, u32) -> u32, d: bool, n: bool) -> bool {
    let from_general = |opcode| matches!(opcode, 0b010 | 0b011 | 0b111);
    if bits(24, 5) == 0b11110 && bits(30, 1) == 0 && bits(29, 1) == 0 {
        let integer = bits(21, 1) == 1 && bits(10, 6) == 0;
        let fixed = bits(21, 1) == 0;
        return (integer || fixed) && if from_general(bits(16, 3)) { n } else { d };
    }
    // Copies of one element: 0 Q op 01110000 imm5 0 imm4 1.
    if bits(31, 1) == 0 && bits(21, 8) == 0b0111_0000 && bits(15, 1) == 0 && bits(10, 1) == 1 {
        return match (bits(29, 1), bits(11, 4)) {
            (0, 0b0001 | 0b0011) => n,
            (0, 0b0101 | 0b0111) => d,
            _ => false,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeSet;

    #[test]
    fn registers_are_told_from_constants() {
        let named = [
            (0xaa12_03e0, "mov x0, x18"),
            (0x2a00_03f2, "mov w18, w0"),
            (0x9100_0252, "add x18, x18, #0"),
            (0xf940_0240, "ldr x0, [x18]"),
            (0xf832_6820, "str x0, [x1, x18]"),
            (0xa940_4a40, "ldp x0, x18, [x18]"),
            (0xd61f_0240, "br x18"),
            (0xd53b_d052, "mrs x18, tpidr_el0"),
            (0xb400_0012, "cbz x18, ."),
            (0x9b12_4841, "madd x1, x2, x18, x18"),
            (0x9e66_0012, "fmov x18, d0"),
            (0x9e67_0240, "fmov d0, x18"),
            (0x4e08_1e40, "mov v0.d[0], x18"),
            (0x4c9f_7240, "st1 {v0.16b}, [x18], #16"),
            (0xc85f_7c12, "ldxr x18, [x0]"),
            (0xf832_0001, "ldadd x18, x1, [x0]"),
        ];
        for (instruction, text) in named {
            assert!(names(instruction), "{text}");
        }
        let not_named = [
            (0xd280_0240, "mov x0, #18"),
            (0x9100_4821, "add x1, x1, #18"),
            (0xf980_0012, "prfm pstl2keep, [x0]"),
            (0xd2a0_0240, "mov x0, #0x120000"),
            (0x1e60_4252, "fmov d18, d18"),
            (0x3dc0_0012, "ldr q18, [x0]"),
            (0xfa52_0804, "ccmp x0, #18, #4, eq"),
            (0xd400_0241, "svc #0x12"),
            (0x5400_0252, "b.cs .+72"),
            (0x9400_0012, "bl .+72"),
            (0x4e32_8652, "add v18.16b, v18.16b, v18.16b"),
            (0xaa11_03f3, "mov x19, x17"),
            (0, "udf #0"),
        ];
        for (instruction, text) in not_named {
            assert!(!names(instruction), "{text}");
        }
    }

    /// The C library of a system that lets programs use the register uses it in a great many instructions.
    #[test]
    fn a_disassembler_agrees_about_a_whole_library() {
        let test = "x18 is found where a disassembler finds it";
        let place = "/usr/aarch64-linux-gnu/lib/libc.so.6";
        let Some(objdump) = cloudabi_test_support::tool(&["aarch64-linux-gnu-objdump"], test) else { return };
        let Some(library) = cloudabi_test_support::any_path(&[place], "a C library for aarch64", test) else {
            return;
        };
        let bytes = std::fs::read(&library).expect("the library can be read");
        let listing = objdump.run(["-d".as_ref(), "--no-show-raw-insn".as_ref(), library.as_os_str()]).stdout;
        let expected: BTreeSet<u64> = listing.lines().filter_map(uses_in_listing).collect();
        assert!(expected.len() > 100, "the library does not use the register: {}", expected.len());

        use object::{Object as _, ObjectSection as _};
        let file = object::File::parse(&*bytes).expect("an ELF file");
        let code = file.sections().filter(|section| section.kind() == object::SectionKind::Text);
        let found: BTreeSet<u64> = code
            .flat_map(|section| {
                let address = section.address();
                uses(section.data().expect("it is in the file"))
                    .map(move |at| address + at as u64)
                    .collect::<Vec<_>>()
            })
            .collect();
        let listed = |address: &u64| {
            let start = format!("{address:8x}:");
            listing
                .lines()
                .find(|line| line.trim_start().starts_with(start.trim_start()))
                .unwrap_or("?")
                .to_owned()
        };
        let missed: Vec<_> = expected.difference(&found).map(listed).collect();
        let invented: Vec<_> = found.difference(&expected).map(listed).collect();
        assert!(missed.is_empty() && invented.is_empty(), "missed: {missed:#?}\ninvented: {invented:#?}");
    }

    /// The address on a line that names the register.
    fn uses_in_listing(line: &str) -> Option<u64> {
        let (address, instruction) = line.split_once(":\t")?;
        let instruction = instruction.split("//").next()?;
        // What stands in angle brackets is the name of a function.
        let instruction = instruction.split('<').next()?;
        let mut words = instruction.split(|c: char| !c.is_ascii_alphanumeric());
        words
            .any(|word| matches!(word, "x18" | "w18"))
            .then(|| u64::from_str_radix(address.trim(), 16).ok())?
    }
}
