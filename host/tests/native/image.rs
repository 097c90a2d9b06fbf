//! What tools and programs read in the image.

use cloudabi_host::memory::Region;
use cloudabi_host::table::{CALLS, SYMBOL_PREFIX};
use cloudabi_host::vdso::{self, CLOCKS, FastClock};
use cloudabi_sys::vdso::Image;
use cloudabi_test_support::{run, scratch, tool};
use object::elf;
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, HashTable, ProgramHeader as _};
use object::{Endianness, Object as _, ObjectSegment as _, ObjectSymbol as _};

/// An image with a quick clock that nothing calls.
fn image() -> Vec<u8> {
    let region = Region::new(1 << 32, 1 << 40).expect("a region");
    vdso::build(Some(&FastClock { function: 1 << 20, host_ids: [1; CLOCKS], region })).expect("an image")
}

/// The names of the functions that programs look for, in the order of the calls.
fn names() -> Vec<String> {
    CALLS.iter().flatten().map(|call| format!("{SYMBOL_PREFIX}{}", call.name)).collect()
}

#[test]
fn programs_find_every_call() {
    let bytes = image();
    let image = Image::parse(&bytes).expect("a program can read it");
    let found: Vec<_> =
        image.symbols().map(|symbol| String::from_utf8_lossy(symbol.name).into_owned()).collect();
    assert_eq!(found, names());
}

#[test]
fn other_readers_find_the_same() {
    let bytes = image();
    let file = ElfFile64::<Endianness>::parse(&*bytes).expect("an ELF file");
    for (symbol, name) in file.dynamic_symbols().zip(names()) {
        assert_eq!(symbol.name(), Ok(&*name));
        assert!(symbol.is_global() && symbol.is_definition(), "{name}");
        assert_eq!(symbol.kind(), object::SymbolKind::Text, "{name}");
        assert!(symbol.address() + symbol.size() <= bytes.len() as u64, "{name}");
    }
    // All of the file, and nothing beside it, is one segment that nobody may write.
    let [segment] = &*file.segments().collect::<Vec<_>>() else { panic!("one segment") };
    assert_eq!((segment.address(), segment.size()), (0, bytes.len() as u64));
    assert_eq!(segment.file_range(), (0, bytes.len() as u64));
    assert!(
        matches!(segment.flags(), object::SegmentFlags::Elf { p_flags, .. } if p_flags == elf::PF_R | elf::PF_X)
    );
}

#[test]
fn the_hash_table_leads_to_every_symbol() {
    let bytes = image();
    let header = elf::FileHeader64::<Endianness>::parse(&*bytes).expect("an ELF file");
    let endian = header.endian().expect("an order of bytes");
    // By the program headers alone, as programs go.
    let headers = header.program_headers(endian, &*bytes).expect("program headers");
    let entries =
        headers.iter().find_map(|header| header.dynamic(endian, &*bytes).transpose()).expect("PT_DYNAMIC");
    let entries = entries.expect("dynamic entries");
    let value = |tag: elf::DynamicTag| {
        let entry = entries.iter().find(|entry| entry.d_tag(endian) == tag);
        entry.expect("the entry is there").d_val(endian) as usize
    };
    let table = HashTable::<elf::FileHeader64<Endianness>>::parse(endian, &bytes[value(elf::DT_HASH)..])
        .expect("a hash table");
    let sections = header.sections(endian, &*bytes).expect("sections");
    let symbols = sections.symbols(endian, &*bytes, elf::SHT_DYNSYM).expect("symbols");
    assert_eq!(table.symbol_table_length() as usize, names().len() + 1);
    for name in names() {
        let found =
            table.find(endian, name.as_bytes(), elf::hash(name.as_bytes()), None, &symbols, &no_versions());
        assert!(found.is_some(), "{name}");
    }
}

/// Symbols have no versions.
fn no_versions<'a>() -> object::read::elf::VersionTable<'a, elf::FileHeader64<Endianness>> {
    object::read::elf::VersionTable::default()
}

#[test]
fn readelf_has_nothing_to_complain_about() {
    let Some(readelf) = tool(&["readelf"], "readelf_has_nothing_to_complain_about") else { return };
    let folder = scratch();
    let file = folder.write("image.so", image());
    let printed =
        run(readelf.command().args(["--all", "--wide", "--use-dynamic", "--debug-dump=frames"]).arg(file));
    assert_eq!(printed.stderr, "");
    assert!(!printed.stdout.contains("Warning") && !printed.stdout.contains("Error"), "{}", printed.stdout);
    assert!(printed.stdout.contains("FUNC    GLOBAL DEFAULT"), "{}", printed.stdout);
}

#[test]
fn without_a_function_for_clocks_every_symbol_leads_to_its_stub() {
    let with = image();
    let without = vdso::build(None).expect("an image");
    let [with, without] = [&with, &without].map(|bytes| Image::parse(bytes).expect("an image"));
    for (with, without) in with.symbols().zip(without.symbols()) {
        assert_eq!(with.name, without.name);
        assert_eq!(with.offset == without.offset, with.name != b"cloudabi_sys_clock_time_get");
    }
}
