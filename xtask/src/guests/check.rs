//! Whether a linked program is what hosts accept.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _, Rela as _};

use super::thread_area;

/// What the table calls this machine.
const X86_64: &str = "x86-64";

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
                if flags.0 & elf::PF_X.0 != 0 && machine.name == X86_64 {
                    let code = segment.data(endian, bytes).unwrap_or_default();
                    for (at, offset) in thread_area::direct_accesses(code) {
                        let address = segment.p_vaddr(endian) + at as u64;
                        mistakes.push(format!("the code at {address:#x} takes %fs:{offset:#x} for its own"));
                    }
                }
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
            elf::EM_X86_64 => Ok(Machine { name: X86_64, relative: elf::R_X86_64_RELATIVE }),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A small file: an ELF header, these program headers (type, flags, size), and nothing else.
    fn program(headers: &[(u32, u32, u64)]) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56 * headers.len()];
        let mut put =
            |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
        put(0, b"\x7fELF\x02\x01\x01");
        put(16, &3u16.to_le_bytes());
        put(18, &62u16.to_le_bytes());
        put(20, &1u32.to_le_bytes());
        put(32, &64u64.to_le_bytes());
        put(52, &64u16.to_le_bytes());
        put(54, &56u16.to_le_bytes());
        put(56, &(headers.len() as u16).to_le_bytes());
        for (index, (kind, flags, size)) in headers.iter().enumerate() {
            put(64 + 56 * index, &kind.to_le_bytes());
            put(68 + 56 * index, &flags.to_le_bytes());
            put(64 + 56 * index + 40, &size.to_le_bytes());
        }
        bytes
    }

    fn mistakes(bytes: &[u8]) -> String {
        check(bytes).expect_err("something is wrong with it").join("\n")
    }

    #[test]
    fn what_segments_may_not_be() {
        let (read_write, write_execute) = (6, 3);
        let found = mistakes(&program(&[(1, write_execute, 4096)]));
        assert!(found.contains("the segment at 0x0 is writable and executable"), "{found}");
        let found = mistakes(&program(&[(1, read_write, 4096), (0x6474_e551, 7, 0)]));
        assert!(found.contains("executable stack") && !found.contains("is writable and"), "{found}");
        assert!(mistakes(&program(&[(7, 4, 8)])).contains("thread-local"));
        assert!(!mistakes(b"no program").is_empty());
    }

    #[test]
    fn code_keeps_its_hands_off_the_thread_area() {
        // One executable segment that covers the file, whose end is: mov rax, fs:[0x28].
        let mut bytes = program(&[(1, 5, 0)]);
        bytes.extend([0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0]);
        let size = (bytes.len() as u64).to_le_bytes();
        bytes[64 + 32..64 + 40].copy_from_slice(&size);
        assert!(mistakes(&bytes).contains("takes %fs:0x28 for its own"));
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn the_hosts_own_programs_are_refused() {
        let own = std::fs::read(std::env::current_exe().expect("a path")).expect("this test itself");
        let found = mistakes(&own);
        for mistake in ["PT_INTERP", "DT_NEEDED", "thread-local", "is of type"] {
            assert!(found.contains(mistake), "{mistake} is not in:\n{found}");
        }
    }
}
