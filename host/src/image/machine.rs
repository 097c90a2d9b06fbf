//! The machines that programs are made for.

use std::fmt;

/// A machine on which hosts run programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Machine {
    /// 64-bit ARM, little-endian.
    Aarch64,
    /// 64-bit x86.
    X86_64,
}

impl Machine {
    /// The machine that this code has been compiled for, if it is one of them.
    pub const fn native() -> Option<Self> {
        if cfg!(all(target_arch = "x86_64", target_pointer_width = "64")) {
            Some(Machine::X86_64)
        } else if cfg!(all(target_arch = "aarch64", target_pointer_width = "64", target_endian = "little")) {
            Some(Machine::Aarch64)
        } else {
            None
        }
    }

    /// Its number in `e_machine`: `EM_AARCH64`, `EM_X86_64`.
    pub const fn number(self) -> u16 {
        match self {
            Machine::Aarch64 => 183,
            Machine::X86_64 => 62,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        MachineName(self.number()).fmt(f)
    }
}

/// A value of `e_machine`, printed as people call that machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MachineName(pub u16);

impl fmt::Display for MachineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            3 => "i686",
            8 => "mips",
            20 => "powerpc",
            21 => "powerpc64",
            22 => "s390x",
            40 => "armv6",
            62 => "x86-64",
            183 => "aarch64",
            243 => "riscv",
            258 => "loongarch",
            number => return write!(f, "machine {number}"),
        })
    }
}
