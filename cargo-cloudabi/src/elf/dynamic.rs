//! What is wrong with a program's dynamic section: it needs no library, and relocates itself in one simple way.
//!
//! ELF specification, chapter "Dynamic Linking".

use std::collections::BTreeMap;

use object::elf;
use object::read::elf::{Dyn as _, ProgramHeader as _};
use object::{Endianness, pod};

use super::{Facts, File, Machine, Mistake, code};

/// Tables of relocations that a program's entry point does not read.
const OTHER_TABLES: [(elf::DynamicTag, &str); 4] = [
    (elf::DT_RELR, "DT_RELR"),
    (elf::DT_REL, "DT_REL"),
    (elf::DT_JMPREL, "DT_JMPREL"),
    (elf::DT_ANDROID_RELA, "DT_ANDROID_RELA"),
];

/// How many libraries are named that a program needs and cannot have.
const MOST_NAMES: usize = 16;

/// Checks what the dynamic section says, if there is one: a program without any adjusts nothing.
pub(super) fn check(file: &File<'_>, machine: Machine, facts: &mut Facts, mistakes: &mut Vec<Mistake>) {
    let endian = file.endian();
    let Some(entries) = entries(file, mistakes) else { return };
    let value = |tag| entries.iter().find(|entry| entry.0 == tag).map(|entry| entry.1);

    let needed = entries.iter().filter(|entry| entry.0 == elf::DT_NEEDED);
    // More than these help nobody.
    let needed = needed.take(MOST_NAMES);
    let names: Vec<_> = needed.map(|(_, offset)| library(file, value(elf::DT_STRTAB), *offset)).collect();
    if !names.is_empty() {
        mistakes.push(Mistake::Libraries { names });
    }
    for (tag, name) in OTHER_TABLES {
        // Some linkers write the table's address even if it is empty.
        let size = match tag {
            elf::DT_RELR => elf::DT_RELRSZ,
            elf::DT_REL => elf::DT_RELSZ,
            elf::DT_JMPREL => elf::DT_PLTRELSZ,
            _ => elf::DT_ANDROID_RELASZ,
        };
        if value(tag).is_some() && value(size) != Some(0) {
            mistakes.push(Mistake::RelocationTable { name });
        }
    }
    let (Some(address), Some(size)) = (value(elf::DT_RELA), value(elf::DT_RELASZ)) else { return };
    let Some(table) = at(file, address, size) else {
        mistakes.push(Mistake::Damaged("its table of relocations is not in the file".to_owned()));
        return;
    };
    let count = table.len() / size_of::<elf::Rela64<Endianness>>();
    let Ok((relocations, _)) = pod::slice_from_bytes::<elf::Rela64<Endianness>>(table, count) else {
        mistakes.push(Mistake::Damaged("its table of relocations is not aligned".to_owned()));
        return;
    };
    facts.relocations = relocations.len();
    let mut others: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut read_only = Vec::new();
    for relocation in relocations {
        let (kind, place) = (relocation.r_info.get(endian) as u32, relocation.r_offset.get(endian));
        if kind != machine.relative() {
            others.entry(kind).or_default().push(place);
        } else if !is_writable(file, place) {
            read_only.push(place);
        }
    }
    for (kind, found) in others {
        mistakes.extend(
            code::places(file, found.into_iter()).map(|places| Mistake::Relocations { kind, places }),
        );
    }
    mistakes.extend(code::places(file, read_only.into_iter()).map(Mistake::ReadOnlyRelocations));
}

/// Tags and values, up to the end.
fn entries(file: &File<'_>, mistakes: &mut Vec<Mistake>) -> Option<Vec<(elf::DynamicTag, u64)>> {
    let endian = file.endian();
    let mut segments = file.elf_program_headers().iter();
    let entries = segments.find_map(|segment| segment.dynamic(endian, file.data()).transpose())?;
    match entries {
        Ok(entries) => {
            let entries = entries.iter().map(|entry| (entry.d_tag(endian), entry.d_val(endian)));
            Some(entries.take_while(|(tag, _)| *tag != elf::DT_NULL).collect())
        }
        Err(error) => {
            mistakes.push(Mistake::Damaged(error.to_string()));
            None
        }
    }
}

/// The bytes that are loaded to an address.
fn at<'data>(file: &File<'data>, address: u64, size: u64) -> Option<&'data [u8]> {
    let mut segments = file.elf_program_headers().iter();
    segments.find_map(|segment| {
        if segment.p_type(file.endian()) != elf::PT_LOAD {
            return None;
        }
        segment.data_range(file.endian(), file.data(), address, size).ok().flatten()
    })
}

/// Whether the program may write to the eight bytes at an address.
fn is_writable(file: &File<'_>, address: u64) -> bool {
    let endian = file.endian();
    file.elf_program_headers().iter().any(|segment| {
        let start = segment.p_vaddr(endian);
        segment.p_type(endian) == elf::PT_LOAD
            && segment.p_flags(endian).0 & elf::PF_W.0 != 0
            && address
                .checked_sub(start)
                .and_then(|offset| offset.checked_add(8))
                .is_some_and(|end| end <= segment.p_memsz(endian))
    })
}

/// A library's name, from the table of names at an address.
fn library(file: &File<'_>, names: Option<u64>, offset: u64) -> String {
    let longest = 256;
    let address = names.and_then(|names| names.checked_add(offset));
    // The table may end before so many bytes.
    let bytes = address.and_then(|address| (1..=longest).rev().find_map(|length| at(file, address, length)));
    let name = bytes.unwrap_or_default().split(|byte| *byte == 0).next().unwrap_or_default();
    if name.is_empty() { "one without a name".to_owned() } else { String::from_utf8_lossy(name).into_owned() }
}
