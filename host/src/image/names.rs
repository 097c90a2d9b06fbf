//! How values in an executable are called in messages.

use crate::types::Mprot;
use std::fmt;

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

/// A value of `p_type`, by its name.
pub(super) struct SegmentType(pub u32);

impl fmt::Display for SegmentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use super::elf::segment_type as known;
        f.write_str(match self.0 {
            known::LOAD => "PT_LOAD",
            known::DYNAMIC => "PT_DYNAMIC",
            known::INTERPRETER => "PT_INTERP",
            known::PROGRAM_HEADERS => "PT_PHDR",
            known::THREAD_LOCAL_STORAGE => "PT_TLS",
            other => return write!(f, "type {other:#x}"),
        })
    }
}

/// A value of `EI_OSABI`, by the system's name.
pub(super) struct System(pub u8);

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            // System V: what everybody writes who needs nothing special.
            0 => "Linux or another Unix-like system",
            2 => "NetBSD",
            3 => "Linux",
            6 => "Solaris",
            9 => "FreeBSD",
            12 => "OpenBSD",
            _ => "an unknown system",
        })
    }
}

/// Memory protection as `readelf` and `ls` print it: `r-x`.
pub(super) struct Protection(pub Mprot);

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        [(Mprot::READ, "r"), (Mprot::WRITE, "w"), (Mprot::EXEC, "x")]
            .into_iter()
            .try_for_each(|(flag, letter)| f.write_str(if self.0.contains(flag) { letter } else { "-" }))
    }
}

/// Text from a file, as far as there is any, made harmless for terminals.
pub(super) struct Quoted<'a>(pub &'a Option<String>);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => write!(f, " (`{}`)", text.escape_debug()),
            None => Ok(()),
        }
    }
}
