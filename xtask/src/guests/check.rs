//! Whether a linked program is what hosts accept.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _, Rela as _};

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
}

/// Checks a file. Says everything that is wrong with it.
pub fn check(bytes: &[u8]) -> Result<Facts, Vec<String>> {
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(|error| vec![error.to_string()])?;
    let mut mistakes = Vec::new();
    let machine = Machine::of(&file).unwrap_or_else(|mistake| {
        mistakes.push(mistake);
        Machine::UNKNOWN
    });
    let endian = file.endian();
    if file.elf_header().e_type(endian) != elf::ET_DYN {
        mistakes.push("it is not position-independent (ET_DYN)".to_string());
    }
    let mut loaded = 0;
    for segment in file.elf_program_headers() {
        let flags = segment.p_flags(endian);
        let writable_code = flags.0 & elf::PF_W.0 != 0 && flags.0 & elf::PF_X.0 != 0;
        match segment.p_type(endian) {
            elf::PT_INTERP => mistakes.push("it wants a dynamic linker (PT_INTERP)".to_string()),
            elf::PT_GNU_STACK if flags.0 & elf::PF_X.0 != 0 => {
                mistakes.push("it wants an executable stack (PT_GNU_STACK)".to_string());
            }
            elf::PT_TLS => {
                mistakes.push("it has thread-local variables, which nothing here sets up".to_string())
            }
            elf::PT_LOAD => {
                loaded += segment.p_memsz(endian);
                if writable_code {
                    let address = segment.p_vaddr(endian);
                    mistakes.push(format!("the segment at {address:#x} is writable and executable"));
                }
            }
            _ => {}
        }
    }
    let relocations = check_dynamic(&file, machine, &mut mistakes);
    if mistakes.is_empty() {
        Ok(Facts { machine: machine.name, loaded, in_file: bytes.len(), relocations })
    } else {
        Err(mistakes)
    }
}

#[derive(Clone, Copy)]
struct Machine {
    name: &'static str,
    /// The type of relocation that adds the load address.
    relative: elf::RelocationType,
}

impl Machine {
    const UNKNOWN: Machine = Machine { name: "", relative: elf::RelocationType(0) };

    fn of(file: &ElfFile64<'_, Endianness>) -> Result<Self, String> {
        match file.elf_header().e_machine(file.endian()) {
            elf::EM_X86_64 => Ok(Machine { name: "x86-64", relative: elf::R_X86_64_RELATIVE }),
            elf::EM_AARCH64 => Ok(Machine { name: "aarch64", relative: elf::R_AARCH64_RELATIVE }),
            other => Err(format!("it is for a machine that is not known here ({})", other.0)),
        }
    }
}

/// Checks the dynamic section: it needs no library, and has only relocations that the entry point understands.
fn check_dynamic(file: &ElfFile64<'_, Endianness>, machine: Machine, mistakes: &mut Vec<String>) -> usize {
    let endian = file.endian();
    let sections = file.elf_section_table();
    match sections.dynamic(endian, file.data()) {
        Ok(Some((dynamic, _))) => {
            for entry in dynamic {
                match entry.d_tag(endian) {
                    elf::DT_NEEDED => mistakes.push("it needs a library (DT_NEEDED)".to_string()),
                    elf::DT_RELR | elf::DT_REL | elf::DT_JMPREL => mistakes.push(format!(
                        "it has a table of relocations other than DT_RELA (tag {})",
                        entry.d_tag(endian).0
                    )),
                    elf::DT_TEXTREL => mistakes.push("it relocates code (DT_TEXTREL)".to_string()),
                    _ => {}
                }
            }
        }
        Ok(None) => mistakes.push("it has no dynamic section".to_string()),
        Err(error) => mistakes.push(error.to_string()),
    }
    let mut count = 0;
    for section in sections.iter() {
        use object::read::elf::SectionHeader as _;
        // Sections that are loaded only: a linker can be told to keep others for people to read.
        if section.sh_flags(endian).0 & elf::SHF_ALLOC.0 == 0 {
            continue;
        }
        let Ok(Some((relocations, _))) = section.rela(endian, file.data()) else { continue };
        count += relocations.len();
        let others = relocations.iter().filter(|rela| rela.r_type(endian, false) != machine.relative);
        for rela in others {
            let (kind, place) = (rela.r_type(endian, false).0, rela.r_offset(endian));
            mistakes.push(format!("a relocation at {place:#x} is of type {kind}"));
        }
    }
    count
}
