//! The machines that programs are made for.

use super::MachineName;
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
    /// The machine that this code has been compiled for. Not there on machines without hosts.
    #[cfg(all(target_arch = "aarch64", target_pointer_width = "64", target_endian = "little"))]
    pub const HOST: Self = Machine::Aarch64;
    /// The machine that this code has been compiled for. Not there on machines without hosts.
    #[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
    pub const HOST: Self = Machine::X86_64;

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
