//! Processors: their registers and which of them a C function must keep.

use crate::unicorn::ids;

/// A register.
pub struct Register {
    /// `rdi`
    pub name: &'static str,
    /// Its number in the emulator.
    pub id: i32,
    /// Its number in unwind tables.
    pub dwarf: u16,
}

/// A processor.
pub struct Isa {
    /// The name in definitions.
    pub name: &'static str,
    /// What clang calls it.
    pub target: &'static str,
    /// Bytes of a pointer.
    pub word: usize,
    /// `uc_arch` and `uc_mode`.
    pub engine: (i32, i32),
    /// General registers, the stack pointer, and nothing else.
    pub registers: &'static [Register],
    /// The registers that a C function must keep (besides the stack pointer), or must not touch at all.
    pub kept: &'static [&'static str],
    /// The stack pointer.
    pub sp: &'static str,
    /// The program counter's and the flags' number in the emulator.
    pub pc: i32,
    /// See `pc`.
    pub flags: i32,
    /// The carry flag's mask.
    pub carry: u64,
    /// The register that holds the return address, where that is not on the stack.
    pub link: Option<&'static str>,
    /// The column of unwind tables that holds the return address.
    pub dwarf_return: u16,
    /// Trap instructions by which programs call a kernel.
    pub traps: &'static [&'static [u8]],
    /// The instruction that stops a program.
    pub stop: &'static [u8],
    /// The register that returns a number.
    pub result: &'static str,
}

impl Isa {
    /// The register of this name.
    pub fn register(&self, name: &str) -> &Register {
        self.registers.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("no register {name}"))
    }

    /// Registers that a C function may change: all but the kept ones and the stack pointer.
    pub fn changeable(&self) -> impl Iterator<Item = &'static str> {
        self.registers.iter().map(|r| r.name).filter(|name| *name != self.sp && !self.kept.contains(name))
    }
}

const fn register(name: &'static str, id: i32, dwarf: u16) -> Register {
    Register { name, id, dwarf }
}

pub const X86_64: Isa = Isa {
    name: "x86_64",
    target: "x86_64-unknown-freebsd",
    word: 8,
    engine: (ids::ARCH_X86, ids::MODE_64),
    registers: &[
        register("rax", 35, 0),
        register("rdx", 40, 1),
        register("rcx", 38, 2),
        register("rbx", 37, 3),
        register("rsi", 43, 4),
        register("rdi", 39, 5),
        register("rbp", 36, 6),
        register("rsp", 44, 7),
        register("r8", 106, 8),
        register("r9", 107, 9),
        register("r10", 108, 10),
        register("r11", 109, 11),
        register("r12", 110, 12),
        register("r13", 111, 13),
        register("r14", 112, 14),
        register("r15", 113, 15),
    ],
    kept: &["rbx", "rbp", "r12", "r13", "r14", "r15"],
    sp: "rsp",
    pc: 41,
    flags: 25,
    carry: 1,
    link: None,
    dwarf_return: 16,
    traps: &[&[0x0f, 0x05]],
    stop: &[0x0f, 0x0b],
    result: "rax",
};

/// The `%fs` base of [`X86_64`], which holds no argument and is in no unwind table.
pub const X86_64_FS_BASE: i32 = 250;

pub const I686: Isa = Isa {
    name: "i686",
    target: "i686-unknown-freebsd",
    word: 4,
    engine: (ids::ARCH_X86, ids::MODE_32),
    registers: &[
        register("eax", 19, 0),
        register("ecx", 22, 1),
        register("edx", 24, 2),
        register("ebx", 21, 3),
        register("esp", 30, 4),
        register("ebp", 20, 5),
        register("esi", 29, 6),
        register("edi", 23, 7),
    ],
    kept: &["ebx", "ebp", "esi", "edi"],
    sp: "esp",
    pc: 26,
    flags: 25,
    carry: 1,
    link: None,
    dwarf_return: 8,
    traps: &[&[0xcd, 0x80]],
    stop: &[0x0f, 0x0b],
    result: "eax",
};

pub const ARMV6: Isa = Isa {
    name: "armv6",
    target: "armv6-unknown-freebsd-gnueabihf",
    word: 4,
    engine: (ids::ARCH_ARM, ids::MODE_ARM),
    registers: &[
        register("r0", 66, 0),
        register("r1", 67, 1),
        register("r2", 68, 2),
        register("r3", 69, 3),
        register("r4", 70, 4),
        register("r5", 71, 5),
        register("r6", 72, 6),
        register("r7", 73, 7),
        register("r8", 74, 8),
        register("r9", 75, 9),
        register("r10", 76, 10),
        register("r11", 77, 11),
        register("r12", 78, 12),
        register("sp", 12, 13),
        register("lr", 10, 14),
    ],
    // Kernels leave the link register alone: a trap is no call.
    kept: &["r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "lr"],
    sp: "sp",
    pc: 11,
    flags: 3,
    carry: 1 << 29,
    link: Some("lr"),
    dwarf_return: 14,
    traps: &[&[0x00, 0x00, 0x00, 0xef]],
    stop: &[0xf0, 0x00, 0xf0, 0xe7],
    result: "r0",
};

pub const AARCH64: Isa = Isa {
    name: "aarch64",
    target: "aarch64-unknown-freebsd",
    word: 8,
    engine: (ids::ARCH_ARM64, ids::MODE_ARM),
    registers: &[
        register("x0", 199, 0),
        register("x1", 200, 1),
        register("x2", 201, 2),
        register("x3", 202, 3),
        register("x4", 203, 4),
        register("x5", 204, 5),
        register("x6", 205, 6),
        register("x7", 206, 7),
        register("x8", 207, 8),
        register("x9", 208, 9),
        register("x10", 209, 10),
        register("x11", 210, 11),
        register("x12", 211, 12),
        register("x13", 212, 13),
        register("x14", 213, 14),
        register("x15", 214, 15),
        register("x16", 215, 16),
        register("x17", 216, 17),
        register("x18", 217, 18),
        register("x19", 218, 19),
        register("x20", 219, 20),
        register("x21", 220, 21),
        register("x22", 221, 22),
        register("x23", 222, 23),
        register("x24", 223, 24),
        register("x25", 224, 25),
        register("x26", 225, 26),
        register("x27", 226, 27),
        register("x28", 227, 28),
        register("x29", 1, 29),
        register("x30", 2, 30),
        register("sp", 4, 31),
    ],
    // x18 belongs to the platform. x30: see `ARMV6`.
    kept: &["x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30"],
    sp: "sp",
    pc: 260,
    flags: 3,
    carry: 1 << 29,
    link: Some("x30"),
    dwarf_return: 30,
    traps: &[&[0x01, 0x00, 0x00, 0xd4]],
    stop: &[0x00, 0x00, 0x20, 0xd4],
    result: "x0",
};

/// `tpidr_el0` of [`AARCH64`], which holds no argument and is in no unwind table.
pub const AARCH64_THREAD: i32 = 262;
