//! What can be wrong with a program, and how to mend it.

use std::fmt;

/// One thing that is wrong with a file that should be a program.
///
/// It prints as a sentence about the file, without a full stop; [`Mistake::help`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// There is nothing in it.
    Empty,
    /// It begins with `#!`.
    Script,
    /// It is of another format, which this names: `a Mach-O file`.
    Format(&'static str),
    /// It is ELF, but cut off, or damaged.
    Damaged(String),
    /// It was compiled and not linked (`ET_REL`).
    Object,
    /// It has to be at one address (`ET_EXEC`).
    Fixed,
    /// It is neither a program nor a library, but of this `e_type`.
    Type(u16),
    /// It is for processors of another word size or byte order, which this names.
    Class(&'static str),
    /// It is for this `e_machine`, which no host has.
    Machine(u16),
    /// Nothing of it is loaded.
    NoSegments,
    /// A segment's bytes end behind the file's end.
    Truncated {
        /// Where in the file the segment ends.
        needed: u64,
        /// How many bytes the file has.
        present: u64,
    },
    /// A segment can be written to and executed.
    WritableCode {
        /// Where it is loaded.
        address: u64,
    },
    /// It wants code on its stack.
    ExecutableStack,
    /// It wants a dynamic linker.
    Interpreter {
        /// Which one.
        path: String,
    },
    /// It needs libraries.
    Libraries {
        /// Which ones.
        names: Vec<String>,
    },
    /// Execution begins where there is no code.
    Entry {
        /// Where.
        address: u64,
    },
    /// It would have to change its code, or what is read-only, when it starts.
    ReadOnlyRelocations(Places),
    /// It has relocations other than those that add the address where it is.
    Relocations {
        /// Of which type.
        kind: u32,
        /// What they change.
        places: Places,
    },
    /// It has relocations in a table that programs do not read.
    RelocationTable {
        /// `DT_RELR`
        name: &'static str,
    },
    /// Its code takes the thread area for its own.
    ThreadArea {
        /// The first offset.
        offset: i32,
        /// The instructions.
        places: Places,
    },
    /// Its code uses x18.
    PlatformRegister(Places),
    /// It does not say that it is for CloudABI.
    Brand {
        /// What it says that it is for.
        found: u8,
    },
}

/// Where in a program something is that is there once or more often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The first address.
    pub first: u64,
    /// The function or variable there, if the file tells.
    pub symbol: Option<String>,
    /// How many there are.
    pub count: usize,
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:#x}", self.first)?;
        if let Some(symbol) = &self.symbol {
            write!(f, " in `{symbol}`")?;
        }
        match self.count {
            0 | 1 => Ok(()),
            2 => f.write_str(" and one more place"),
            count => write!(f, " and {} more places", count - 1),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::Empty => f.write_str("it is empty"),
            Mistake::Script => f.write_str("it is a script, not an executable"),
            Mistake::Format(what) => write!(f, "it is {what}, not an ELF executable"),
            Mistake::Damaged(how) => write!(f, "it is no whole ELF file: {how}"),
            Mistake::Object => f.write_str("it is an object file: compiled, but not linked (ET_REL)"),
            Mistake::Fixed => f.write_str("it has to be at a fixed address (ET_EXEC)"),
            Mistake::Type(4) => f.write_str("it is the memory dump of a program that failed (ET_CORE)"),
            Mistake::Type(number) => write!(f, "it is no program, but an ELF file of type {number}"),
            Mistake::Class(what) => write!(f, "it is for {what} processors"),
            Mistake::Machine(number) => write!(f, "it is for {}", machine(*number)),
            Mistake::NoSegments => f.write_str("it has nothing that would be loaded (no PT_LOAD)"),
            Mistake::Truncated { needed, present } => {
                write!(f, "it is cut off: its segments take {needed} bytes, and the file has {present}")
            }
            Mistake::WritableCode { address } => {
                write!(f, "the segment at {address:#x} is writable and executable")
            }
            Mistake::ExecutableStack => f.write_str("it wants an executable stack (PT_GNU_STACK)"),
            Mistake::Interpreter { path } => write!(f, "it wants a dynamic linker (PT_INTERP): {path}"),
            Mistake::Libraries { names } => write!(f, "it needs libraries (DT_NEEDED): {}", names.join(", ")),
            Mistake::Entry { address } => write!(f, "its entry point, {address:#x}, is not in its code"),
            Mistake::ReadOnlyRelocations(places) => {
                write!(f, "it would have to change what is read-only when it starts: {places}")
            }
            Mistake::Relocations { kind, places } => {
                write!(
                    f,
                    "it has relocations of type {kind}, which programs do not apply to themselves: {places}"
                )
            }
            Mistake::RelocationTable { name } => {
                write!(f, "it has relocations in a table other than DT_RELA ({name})")
            }
            Mistake::ThreadArea { offset, places } => {
                let (sign, offset) = (if *offset < 0 { "-" } else { "" }, offset.unsigned_abs());
                write!(f, "its code takes what is at %fs:{sign}{offset:#x} for its own: {places}")
            }
            Mistake::PlatformRegister(places) => {
                write!(f, "its code uses the register x18, which belongs to the host: {places}")
            }
            Mistake::Brand { found } => {
                write!(f, "it does not say that it is for CloudABI: its OS ABI is {found}{}", system(*found))
            }
        }
    }
}

impl Mistake {
    /// What to do about it: a sentence without a full stop.
    pub fn help(&self) -> &'static str {
        match self {
            Mistake::Empty | Mistake::Script | Mistake::Format(_) => {
                "programs are made with `cargo cloudabi build`, which says where it puts them"
            }
            Mistake::Damaged(_) | Mistake::Truncated { .. } => "build it, or copy it, once more",
            Mistake::Object => "link it: `ld.lld -pie --no-dynamic-linker -z text -o PROGRAM FILE`",
            Mistake::Fixed => {
                "compile it with `-fPIE` and link it with `-static-pie`; `cargo cloudabi build` does so by itself"
            }
            Mistake::Type(_) => "name the program itself",
            Mistake::Class(_) | Mistake::Machine(_) => "build it for x86-64 or aarch64",
            Mistake::NoSegments => "link it again, and keep its sections: something threw all of them away",
            Mistake::WritableCode { .. } => {
                "link it with `-z separate-code`, without `-N` or `--omagic`, and make no section both writable and \
                 executable"
            }
            Mistake::ExecutableStack => {
                "link it with `-z noexecstack`; assembly says so with `.section .note.GNU-stack,\"\",@progbits`"
            }
            Mistake::Interpreter { .. } => "link it with `-static-pie` and `--no-dynamic-linker`",
            Mistake::Libraries { .. } => {
                "programs are static: link it with `-static-pie` and `-nostdlib`, and with libraries that are made for \
                 CloudABI; a crate that uses the system's C library cannot be used"
            }
            Mistake::Entry { .. } => {
                "define `_start` and keep it; in Rust, the crate `cloudabi` has it: is it a dependency, and used?"
            }
            Mistake::ReadOnlyRelocations(_) => "compile everything with `-fPIE`, and link it with `-z text`",
            Mistake::Relocations { .. } => {
                "define all that it uses, link it with `-static-pie`, and use no variables of `#[thread_local]` or \
                 indirect functions"
            }
            Mistake::RelocationTable { .. } => {
                "link it with `-static-pie`, and without `-z pack-relative-relocs` or `--pack-dyn-relocs`"
            }
            Mistake::ThreadArea { .. } => {
                "the base of %fs belongs to the host: compile it without `-fstack-protector`, and with \
                 `-mno-tls-direct-seg-refs` if it has variables of threads; assembly has to load the word at %fs:0 and \
                 add the offset to that"
            }
            Mistake::PlatformRegister(_) => {
                "compile everything with `-ffixed-x18`, or for Rust with `-Ctarget-feature=+reserve-x18`, the standard \
                 library included: `cargo cloudabi build --target aarch64-unknown-cloudabi` does so"
            }
            Mistake::Brand { .. } => {
                "no program of another system becomes one; what was made for CloudABI by other means than `cargo cloudabi \
                 build` is marked by `cargo cloudabi check-elf --brand FILE`"
            }
        }
    }
}

/// What is commonly called by this `e_machine`.
fn machine(number: u16) -> String {
    let name = match number {
        0 => "no machine",
        2 => "SPARC",
        8 => "MIPS",
        20 | 21 => "PowerPC",
        22 => "S/390",
        43 => "SPARC V9",
        243 => "RISC-V",
        247 => "BPF",
        258 => "LoongArch",
        _ => return format!("a machine that is not known here ({number})"),
    };
    format!("{name}, which no host has ({number})")
}

/// The system that an OS ABI belongs to, in brackets.
fn system(number: u8) -> &'static str {
    match number {
        0 | 3 => " (Linux and others)",
        2 => " (NetBSD)",
        6 => " (Solaris)",
        9 => " (FreeBSD)",
        12 => " (OpenBSD)",
        _ => "",
    }
}
