//! What is wrong with a program's code.

use object::elf;
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _};
use object::{Object as _, ObjectSymbol as _};

use super::{File, Machine, Mistake, Places, platform_register, thread_area};

/// Code, and the address where it is loaded.
type Code<'data> = (u64, &'data [u8]);

/// Checks where execution begins, and what instructions touch that belongs to the host.
pub(super) fn check(file: &File<'_>, machine: Machine, mistakes: &mut Vec<Mistake>) {
    let code = executable_segments(file);
    let entry = file.elf_header().e_entry(file.endian());
    if !code.iter().any(|(address, code)| (*address..address + code.len() as u64).contains(&entry)) {
        mistakes.push(Mistake::Entry { address: entry });
    }
    match machine {
        Machine::X86_64 => {
            let found = code.iter().flat_map(|(address, code)| {
                thread_area::direct_accesses(code).map(move |(at, offset)| (address + at as u64, offset))
            });
            let found: Vec<_> = found.collect();
            if let Some(&(_, offset)) = found.first() {
                let places = places(file, found.iter().map(|(address, _)| *address));
                mistakes.extend(places.map(|places| Mistake::ThreadArea { offset, places }));
            }
        }
        Machine::Aarch64 => {
            // Linkers may put constants into the same segment; sections tell, if there are any.
            let sections = executable_sections(file);
            let code = if sections.is_empty() { code } else { sections };
            let found = code
                .iter()
                .flat_map(|(address, code)| platform_register::uses(code).map(move |at| address + at as u64));
            mistakes.extend(places(file, found).map(Mistake::PlatformRegister));
        }
    }
}

fn executable_segments<'data>(file: &File<'data>) -> Vec<Code<'data>> {
    let endian = file.endian();
    let executable = file.elf_program_headers().iter().filter(|segment| {
        segment.p_type(endian) == elf::PT_LOAD && segment.p_flags(endian).0 & elf::PF_X.0 != 0
    });
    executable
        .map(|segment| (segment.p_vaddr(endian), segment.data(endian, file.data()).unwrap_or_default()))
        .filter(|(address, code)| address.checked_add(code.len() as u64).is_some())
        .collect()
}

fn executable_sections<'data>(file: &File<'data>) -> Vec<Code<'data>> {
    let endian = file.endian();
    let executable = file
        .elf_section_table()
        .iter()
        .filter(|section| section.sh_flags(endian).0 & elf::SHF_EXECINSTR.0 != 0);
    executable
        .map(|section| (section.sh_addr(endian), section.data(endian, file.data()).unwrap_or_default()))
        .filter(|(address, code)| address.checked_add(code.len() as u64).is_some())
        .collect()
}

/// Puts addresses together to one place and a count, if there are any.
pub(super) fn places(file: &File<'_>, addresses: impl Iterator<Item = u64>) -> Option<Places> {
    let mut addresses = addresses.peekable();
    let first = *addresses.peek()?;
    Some(Places { first, symbol: symbol(file, first), count: addresses.count() })
}

/// The name of what is at an address.
fn symbol(file: &File<'_>, address: u64) -> Option<String> {
    let covers = |symbol: &object::read::elf::ElfSymbol64<'_, '_, object::Endianness>| {
        (symbol.address()..symbol.address().saturating_add(symbol.size())).contains(&address)
    };
    let symbol = file.symbols().find(covers)?;
    let name = symbol.name().ok().filter(|name| !name.is_empty())?;
    Some(format!("{:#}", rustc_demangle::demangle(name)))
}
