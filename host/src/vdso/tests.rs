//! Images for both processors, from code that an external assembler and linker made, held against what these say of
//! it.

use super::image::complete;
use super::layout::CODE;
use super::template::{AARCH64, Machine, X86_64, template};
use super::{CLOCKS, FastClock};
use crate::machine::Code;
use crate::memory::Region;
use crate::table::{CALLS, SYMBOL_PREFIX};
use cloudabi_test_support::{run, scratch, tool};
use gimli::{BaseAddresses, EhFrame, EhFrameHdr, LittleEndian, UnwindContext, UnwindSection as _};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// A processor, and its assembly.
struct Case {
    machine: Machine,
    target: &'static str,
    files: [&'static str; 3],
}

const CASES: [Case; 2] = [
    Case {
        machine: X86_64,
        target: "x86_64-unknown-freebsd",
        files: [
            include_str!("../../../generated/vdso/cloudabi_vdso_x86_64_emulated.S"),
            include_str!("../machine/clock_x86_64.S"),
            include_str!("../machine/enter_x86_64.S"),
        ],
    },
    Case {
        machine: AARCH64,
        target: "aarch64-unknown-freebsd",
        files: [
            include_str!("../../../generated/vdso/cloudabi_vdso_aarch64_emulated.S"),
            include_str!("../machine/clock_aarch64.S"),
            include_str!("../machine/enter_aarch64.S"),
        ],
    },
];

/// What assembler and linker made.
struct Linked {
    /// The code, from the first stub on.
    bytes: Vec<u8>,
    /// Where that begins.
    address: u64,
    /// Symbols with their sizes, relative to `address`.
    symbols: BTreeMap<String, Range<usize>>,
    /// `.eh_frame` and its address.
    frames: (u64, Vec<u8>),
}

impl Linked {
    fn new(case: &Case, test: &str) -> Option<Linked> {
        let clang = tool(&["clang", "clang-16", "clang-14", "clang-19"], test)?;
        let lld = tool(&["ld.lld", "ld.lld-16", "ld.lld-14", "ld.lld-19"], test)?;
        let folder = scratch();
        let source = folder.write("code.s", case.files.concat());
        let (object, linked) = (folder.path().join("code.o"), folder.path().join("code.so"));
        let target = format!("--target={}", case.target);
        run(clang.command().args(["-c", &target, "-Wa,--fatal-warnings", "-o"]).arg(&object).arg(source));
        run(lld.command().args(["-shared", "-z", "text", "-o"]).arg(&linked).arg(object));
        Some(Linked::read(&linked))
    }

    fn read(path: &Path) -> Linked {
        let file = std::fs::read(path).expect("the linker wrote a file");
        let file = object::File::parse(&*file).expect("an ELF file");
        let section = |name: &str| {
            let section = file.section_by_name(name).expect("the section is there");
            (section.address(), section.data().expect("it has contents").to_vec())
        };
        let symbols: BTreeMap<String, (u64, u64)> = file
            .symbols()
            .map(|symbol| (symbol.name().unwrap_or_default().to_string(), (symbol.address(), symbol.size())))
            .collect();
        let (address, end) = (symbols["cloudabi_vdso_text_begin"].0, symbols["cloudabi_vdso_code_end"].0);
        let (text, contents) = section(".text");
        let relative = |at: u64| (at.wrapping_sub(address)) as usize;
        Linked {
            bytes: contents[(address - text) as usize..(end - text) as usize].to_vec(),
            address,
            symbols: symbols
                .into_iter()
                .map(|(name, (at, size))| (name, relative(at)..relative(at).wrapping_add(size as usize)))
                .collect(),
            frames: section(".eh_frame"),
        }
    }

    fn place(&self, name: &str) -> usize {
        self.symbols[name].start
    }

    /// The code as if it were in this process.
    fn code(&self) -> Code {
        let bytes: &'static [u8] = self.bytes.clone().leak();
        let stub = |name: &str| {
            let address = bytes[self.place(&format!("{SYMBOL_PREFIX}{name}"))..].as_ptr();
            // SAFETY: it is not null, and nothing calls it.
            unsafe { std::mem::transmute::<*const u8, unsafe extern "C" fn()>(address) }
        };
        let stubs: Vec<_> = CALLS.iter().map(|call| call.as_ref().map(|call| stub(call.name))).collect();
        let store = self.place("cloudabi_vdso_clock_store")..self.place("cloudabi_vdso_clock_store_end");
        Code {
            bytes,
            stubs: stubs.leak(),
            stubs_end: self.place("cloudabi_vdso_text_end"),
            clock: self.place("cloudabi_vdso_clock")..self.place("cloudabi_vdso_clock_end"),
            clock_store: store,
            clock_landing: self.place("cloudabi_vdso_clock_landing"),
            clock_data: self.place("cloudabi_vdso_clock_data")..self.place("cloudabi_vdso_code_end"),
        }
    }
}

/// How to unwind from an address, in words.
fn row(frames: &EhFrame<gimli::EndianSlice<'_, LittleEndian>>, bases: &BaseAddresses, pc: u64) -> String {
    let mut context = UnwindContext::new();
    let found =
        frames.unwind_info_for_address(bases, &mut context, pc, EhFrame::cie_from_offset).expect("a row");
    let mut rules: Vec<String> = found
        .registers()
        .filter(|(_, rule)| !matches!(rule, gimli::RegisterRule::Undefined | gimli::RegisterRule::SameValue))
        .map(|rule| format!("{rule:?}"))
        .collect();
    rules.sort();
    format!("{:?} {rules:?}", found.cfa())
}

#[test]
fn symbols_and_unwind_tables_say_what_the_assembler_says() {
    for case in CASES {
        let Some(linked) = Linked::new(&case, "symbols_and_unwind_tables_say_what_the_assembler_says") else {
            return;
        };
        let clock =
            FastClock { function: 0, host_ids: [0; CLOCKS], region: Region::new(0, 8).expect("a region") };
        let bytes = complete(&template(&case.machine), &case.machine.shape, &linked.code(), Some(&clock));
        let image = object::File::parse(&*bytes).expect("an ELF file");

        // The tables, found by way of the program header as an unwinder does.
        let header = image.section_by_name(".eh_frame_hdr").expect("the table of functions");
        let section = image.section_by_name(".eh_frame").expect("the unwind tables");
        let bases = BaseAddresses::default()
            .set_eh_frame_hdr(header.address())
            .set_eh_frame(section.address())
            .set_text(CODE as u64);
        let contents = section.data().expect("contents");
        let frames = EhFrame::new(contents, LittleEndian);
        let parsed = EhFrameHdr::new(header.data().expect("contents"), LittleEndian)
            .parse(&bases, 8)
            .expect("a good table");
        assert_eq!(parsed.eh_frame_ptr(), gimli::Pointer::Direct(section.address()));
        let table = parsed.table().expect("a table to search");

        let theirs_bases = BaseAddresses::default().set_eh_frame(linked.frames.0).set_text(linked.address);
        let theirs = EhFrame::new(&linked.frames.1, LittleEndian);

        let mut functions: Vec<Range<usize>> = Vec::new();
        for symbol in image.dynamic_symbols() {
            let name = symbol.name().expect("a name");
            let expected = match name {
                "cloudabi_sys_clock_time_get" => "cloudabi_vdso_clock",
                other => other,
            };
            let at = symbol.address() as usize - CODE;
            assert_eq!(at..at + symbol.size() as usize, linked.symbols[expected], "{} {name}", case.target);
            functions.push(linked.symbols[name].clone());
        }
        assert_eq!(functions.len(), CALLS.iter().flatten().count());
        functions.push(linked.symbols["cloudabi_vdso_clock"].clone());

        for at in functions.into_iter().flatten() {
            let pc = (CODE + at) as u64;
            let found = table
                .fde_for_address(&frames, &bases, pc, EhFrame::cie_from_offset)
                .expect("the table leads to the function's entry");
            assert!(found.contains(pc));
            assert_eq!(
                row(&frames, &bases, pc),
                row(&theirs, &theirs_bases, linked.address + at as u64),
                "{} {pc:#x}",
                case.target
            );
        }
    }
}
