//! Whether an executable is what hosts accept, and the mark that says so.
//!
//! ```
//! use cargo_cloudabi::elf::{Mistake, check};
//!
//! assert_eq!(check(b"#!/bin/sh\necho hello\n"), Err(vec![Mistake::Script]));
//! ```

mod brand;
mod code;
mod dynamic;
mod mistake;
mod platform_register;
mod thread_area;

pub use brand::{CLOUDABI, write_branded};
pub use mistake::{Mistake, Places};

use object::Endianness;
use object::elf;
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};

/// How many program headers a program may have: as many as hosts take. A dozen is a lot.
const MOST_PROGRAM_HEADERS: usize = 1024;

/// A file in memory, taken apart.
type File<'data> = ElfFile64<'data, Endianness>;

/// What is known of a program that keeps to the ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `x86-64`
    pub machine: &'static str,
    /// Bytes of memory that its segments take.
    pub loaded: u64,
    /// Bytes of the whole file.
    pub in_file: usize,
    /// How many addresses it adjusts when it starts.
    pub relocations: usize,
    /// Whether it has variables of which each thread has its own (PT_TLS): it has to set them up itself.
    pub thread_local: bool,
}

/// Processors that programs are checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    X86_64,
    Aarch64,
}

impl Machine {
    fn of(number: elf::Machine) -> Result<Self, Mistake> {
        match number {
            elf::EM_X86_64 => Ok(Machine::X86_64),
            elf::EM_AARCH64 => Ok(Machine::Aarch64),
            elf::Machine(other) => Err(Mistake::Machine(other)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Machine::X86_64 => "x86-64",
            Machine::Aarch64 => "aarch64",
        }
    }

    /// The type of relocation that adds the address where the program is.
    fn relative(self) -> u32 {
        match self {
            Machine::X86_64 => elf::R_X86_64_RELATIVE.0,
            Machine::Aarch64 => elf::R_AARCH64_RELATIVE.0,
        }
    }
}

/// Checks a program. Says everything that is wrong with it.
///
/// It looks at what is loaded, so that a program whose symbols and sections were stripped is checked as well.
///
/// # Errors
///
/// The mistakes, at least one.
pub fn check(bytes: &[u8]) -> Result<Facts, Vec<Mistake>> {
    inspect(bytes, true)
}

/// The same for what a linker made, which need not say that it is for CloudABI.
///
/// # Errors
///
/// The mistakes, at least one.
pub fn check_linked(bytes: &[u8]) -> Result<Facts, Vec<Mistake>> {
    inspect(bytes, false)
}

fn inspect(bytes: &[u8], branded: bool) -> Result<Facts, Vec<Mistake>> {
    let file = parse(bytes).map_err(|mistake| vec![mistake])?;
    let endian = file.endian();
    let header = file.elf_header();
    let machine = Machine::of(header.e_machine(endian)).map_err(|mistake| vec![mistake])?;

    let mut mistakes = Vec::new();
    let found = header.e_ident().os_abi.0;
    if branded && found != CLOUDABI {
        mistakes.push(Mistake::Brand { found });
    }
    if header.e_type(endian) == elf::ET_EXEC {
        mistakes.push(Mistake::Fixed);
    }
    let mut facts = Facts {
        machine: machine.name(),
        loaded: 0,
        in_file: bytes.len(),
        relocations: 0,
        thread_local: false,
    };
    check_segments(&file, &mut facts, &mut mistakes);
    dynamic::check(&file, machine, &mut facts, &mut mistakes);
    code::check(&file, machine, &mut mistakes);
    if mistakes.is_empty() { Ok(facts) } else { Err(mistakes) }
}

/// Takes a file apart, if it is one that could be a program.
fn parse(bytes: &[u8]) -> Result<File<'_>, Mistake> {
    if !bytes.starts_with(&elf::ELFMAG) {
        return Err(foreign(bytes));
    }
    match bytes.get(4..6) {
        None => return Err(Mistake::Damaged("it ends within its header".to_owned())),
        Some([_, 2]) => return Err(Mistake::Class("big-endian")),
        Some([1, _]) => return Err(Mistake::Class("32-bit")),
        Some(_) => {}
    }
    // This comes before the file is read as a whole: of a file that is cut off, the sections are usually missing,
    // and they are not what matters.
    let header = elf::FileHeader64::<Endianness>::parse(bytes);
    let header = header.map_err(|error| Mistake::Damaged(error.to_string()))?;
    let endian = header.endian().map_err(|error| Mistake::Damaged(error.to_string()))?;
    match header.e_type(endian) {
        elf::ET_DYN | elf::ET_EXEC => {}
        elf::ET_REL => return Err(Mistake::Object),
        elf::FileType(other) => return Err(Mistake::Type(other)),
    }
    let sizes = (header.e_version.get(endian), header.e_ehsize.get(endian), header.e_phentsize.get(endian));
    if sizes != (1, 64, 56) {
        return Err(Mistake::Damaged(
            "its header gives other sizes or another version than 64-bit ELF has".to_owned(),
        ));
    }
    let segments = header.program_headers(endian, bytes);
    let segments = segments.map_err(|error| Mistake::Damaged(error.to_string()))?;
    if segments.len() > MOST_PROGRAM_HEADERS {
        return Err(Mistake::Damaged(format!("it has {} program headers", segments.len())));
    }
    let loaded = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
    let end = |segment: &elf::ProgramHeader64<Endianness>| {
        segment.p_offset(endian).saturating_add(segment.p_filesz(endian))
    };
    let needed = loaded.map(end).max().ok_or(Mistake::NoSegments)?;
    let present = bytes.len() as u64;
    if needed > present {
        return Err(Mistake::Truncated { needed, present });
    }
    File::parse(bytes).map_err(|error| Mistake::Damaged(error.to_string()))
}

/// What a file is that is not ELF.
fn foreign(bytes: &[u8]) -> Mistake {
    match bytes {
        [] => Mistake::Empty,
        [b'#', b'!', ..] => Mistake::Script,
        [b'M', b'Z', ..] => Mistake::Format("a program for Windows"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            Mistake::Format("a program for macOS")
        }
        [0, b'a', b's', b'm', ..] => Mistake::Format("a WebAssembly module"),
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => Mistake::Format("an archive of object files"),
        bytes if std::str::from_utf8(bytes).is_ok() => Mistake::Format("text"),
        _ => Mistake::Format("something else"),
    }
}

/// Checks what is loaded, and what it asks for.
fn check_segments(file: &File<'_>, facts: &mut Facts, mistakes: &mut Vec<Mistake>) {
    let endian = file.endian();
    for segment in file.elf_program_headers() {
        let flags = segment.p_flags(endian).0;
        let executable = flags & elf::PF_X.0 != 0;
        match segment.p_type(endian) {
            elf::PT_INTERP => {
                let path = segment.data(endian, file.data()).unwrap_or_default();
                let path = path.strip_suffix(&[0]).unwrap_or(path);
                mistakes.push(Mistake::Interpreter { path: String::from_utf8_lossy(path).into_owned() });
            }
            elf::PT_GNU_STACK if executable => mistakes.push(Mistake::ExecutableStack),
            elf::PT_TLS => facts.thread_local = true,
            elf::PT_LOAD => {
                facts.loaded = facts.loaded.saturating_add(segment.p_memsz(endian));
                if executable && flags & elf::PF_W.0 != 0 {
                    mistakes.push(Mistake::WritableCode { address: segment.p_vaddr(endian) });
                }
            }
            _ => {}
        }
    }
}
