//! Each check shown failing, by a program that is as it should be but for one thing.

mod doctored;
mod exercise;

use std::fmt::Write as _;

use cargo_cloudabi::elf::{self, Mistake};
use doctored::{CODE, DATA, Program};

/// All that is said about a file.
fn said(bytes: &[u8]) -> String {
    let mut text = String::new();
    for mistake in elf::check(bytes).err().unwrap_or_default() {
        writeln!(text, "{mistake}\n    {}", mistake.help()).expect("a string takes all");
    }
    text
}

/// What is said about the program for x86-64 after a change.
fn spoilt(change: impl FnOnce(&mut Program)) -> String {
    let mut program = Program::x86_64();
    change(&mut program);
    said(&program.bytes())
}

/// The same for aarch64.
fn spoilt_aarch64(change: impl FnOnce(&mut Program)) -> String {
    let mut program = Program::aarch64();
    change(&mut program);
    said(&program.bytes())
}

#[test]
fn programs_that_are_as_they_should_be_pass() {
    let facts = elf::check(&Program::x86_64().bytes()).expect("nothing is wrong");
    assert_eq!((facts.machine, facts.relocations, facts.thread_local), ("x86-64", 2, false));
    let facts = elf::check(&Program::aarch64().bytes()).expect("nothing is wrong");
    assert_eq!((facts.machine, facts.relocations), ("aarch64", 1));
}

/// What passes here is not refused when it is started.
#[test]
fn hosts_take_what_passes() {
    use cloudabi_host::image::{Machine, read};
    read(&Program::x86_64().bytes()[..], Machine::X86_64, 4096).expect("a host takes it");
    read(&Program::aarch64().bytes()[..], Machine::Aarch64, 4096).expect("a host takes it");
}

/// Nor is what hosts refuse said to be right, whatever byte of the headers is another one.
#[test]
fn hosts_refuse_nothing_that_passes() {
    use cloudabi_host::image::{Machine, read};
    let original = Program::x86_64().bytes();
    let mut refused = 0;
    for at in 0..64 {
        for value in [0, 1, 3, 0x7f, 0xff] {
            let mut bytes = original.clone();
            bytes[at] = value;
            if read(&bytes[..], Machine::X86_64, 4096).is_err() {
                refused += 1;
                assert!(elf::check(&bytes).is_err(), "byte {at} is {value:#x}: a host refuses it");
            }
        }
    }
    assert!(refused > 50, "hosts look at headers: {refused}");
}

/// Nothing that stands in a file makes the check fail itself. Fuzzing goes on from here: `fuzz/fuzz_targets/elf.rs`.
#[test]
fn any_byte_can_be_anything() {
    use exercise::{edited, exercise};
    for program in [Program::x86_64(), Program::aarch64()].map(|program| program.bytes()) {
        for at in 0..program.len() as u16 {
            let [low, high] = at.to_le_bytes();
            // Headers and the dynamic section have the most to say; between them there are zeros.
            let is_filler = program[usize::from(at)] == 0 && at % 64 != 0;
            for value in [0, 1, 0x7f, 0x80, 0xff].into_iter().filter(|_| !is_filler || at < 512) {
                exercise(&edited(program.clone(), &[low, high, value]));
            }
        }
        exercise(&program[..program.len() / 2]);
    }
}

#[test]
fn what_is_no_elf_file() {
    let files: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("a script", b"#!/bin/sh\necho hello\n"),
        ("text", b"hello\n"),
        ("Windows", b"MZ\x90\0"),
        ("macOS", b"\xcf\xfa\xed\xfe\x07\0\0\x01"),
        ("WebAssembly", b"\0asm\x01\0\0\0"),
        ("an archive", b"!<arch>\n"),
        ("noise", b"\xff\xfe\x80\0\x9f"),
    ];
    let mut all = String::new();
    for (what, bytes) in files {
        write!(all, "{what}: {}", said(bytes)).expect("a string takes all");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_is_no_whole_program() {
    let whole = Program::x86_64().bytes();
    let mut all = String::new();
    let mut add = |what: &str, text: String| write!(all, "{what}: {text}").expect("a string takes all");
    add("four bytes", said(&whole[..4]));
    add("half a header", said(&whole[..40]));
    add("without segments' table", said(&whole[..64]));
    add("cut off in its code", said(&whole[..0x1001]));
    add("cut off in its data", said(&whole[..whole.len() - 1]));
    add("an object file", spoilt(|program| program.file_type = 1));
    add("a memory dump", spoilt(|program| program.file_type = 4));
    add("some other type", spoilt(|program| program.file_type = 0xfe00));
    add("32 bits", spoilt(|program| program.ident[0] = 1));
    add("big-endian", spoilt(|program| program.ident[1] = 2));
    add("RISC-V", spoilt(|program| program.machine = 243));
    add("an unknown machine", spoilt(|program| program.machine = 0x4321));
    add("nothing loaded", spoilt(|program| program.loaded = false));
    insta::assert_snapshot!(all);
}

#[test]
fn what_programs_may_not_be() {
    let mut all = String::new();
    let mut add = |what: &str, text: String| write!(all, "{what}: {text}").expect("a string takes all");
    add("not position-independent", spoilt(|program| program.file_type = 2));
    add("dynamic linker", spoilt(|program| program.headers.push((3, 4, b"/lib64/ld.so\0".to_vec()))));
    add("a library", spoilt(|program| program.libraries.push("libc.so.6")));
    add("two libraries", spoilt(|program| program.libraries.extend(["libm.so.6", "libc.so.6"])));
    add("library without a name", spoilt(|program| program.dynamic.push((1, 1 << 40))));
    add("writable code", spoilt(|program| program.flags = [7, 6]));
    add("executable data", spoilt(|program| program.flags = [5, 7]));
    add("executable stack", spoilt(|program| program.headers = vec![(0x6474_e551, 7, Vec::new())]));
    add("entry in data", spoilt(|program| program.entry = DATA));
    add("no entry", spoilt(|program| program.entry = 0));
    add(
        "foreign relocation",
        spoilt(|program| program.relocations.extend([(DATA, 6), (DATA + 8, 6), (DATA, 37)])),
    );
    add("relocation of code", spoilt(|program| program.relocations.push((CODE, 8))));
    add("relocation at the end", spoilt(|program| program.relocations.push((DATA + 0xfff, 8))));
    add("relocations elsewhere", spoilt(|program| program.dynamic.push((7, 1 << 40))));
    add("DT_RELR", spoilt(|program| program.dynamic.extend([(36, DATA), (35, 8)])));
    add("DT_REL", spoilt(|program| program.dynamic.extend([(17, DATA), (18, 16)])));
    add("DT_JMPREL", spoilt(|program| program.dynamic.extend([(23, DATA), (2, 24)])));
    add("empty DT_RELR", spoilt(|program| program.dynamic.extend([(36, DATA), (35, 0)])));
    add("\nnot branded", spoilt(|program| program.ident[3] = 0));
    add("FreeBSD's", spoilt(|program| program.ident[3] = 9));
    // mov rax, fs:[0x28]
    let guard = [0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0];
    add("%fs:0x28", spoilt(|program| program.code.extend(guard)));
    // mov ecx, fs:[-8]
    let variable = [0x64, 0x8b, 0x0c, 0x25, 0xf8, 0xff, 0xff, 0xff];
    add("%fs:-8, twice", spoilt(|program| program.code.extend([variable, variable].concat())));
    // mov x18, x0
    let platform = [0xf2, 0x03, 0x00, 0xaa];
    add("x18", spoilt_aarch64(|program| program.code.extend([platform, platform, platform].concat())));
    add("foreign relocation on aarch64", spoilt_aarch64(|program| program.relocations.push((DATA, 8))));
    insta::assert_snapshot!(all);
}

#[test]
fn everything_that_is_wrong_is_said() {
    let found = spoilt(|program| {
        program.file_type = 2;
        program.ident[3] = 3;
        program.flags = [7, 6];
        program.libraries.push("libc.so.6");
    });
    assert_eq!(found.lines().filter(|line| !line.starts_with(' ')).count(), 4, "{found}");
}

#[test]
fn what_a_linker_made_need_not_be_branded() {
    let program = Program { ident: [2, 1, 1, 0], ..Program::x86_64() };
    assert_eq!(elf::check(&program.bytes()), Err(vec![Mistake::Brand { found: 0 }]));
    elf::check_linked(&program.bytes()).expect("it is as it should be");
}

#[test]
fn variables_of_threads_are_told_of() {
    let mut program = Program::x86_64();
    program.headers.push((7, 4, vec![0; 8]));
    assert!(elf::check(&program.bytes()).expect("nothing is wrong").thread_local);
}

/// Other x86-64 code than that of programs is allowed what aarch64 code is not, and the other way round.
#[test]
fn each_machine_has_its_own_rules() {
    // On aarch64 these bytes are three instructions without x18.
    let guard = [0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0, 0, 0, 0];
    assert_eq!(spoilt_aarch64(|program| program.code.extend(guard)), "");
    assert_eq!(spoilt(|program| program.code.extend([0xf2, 0x03, 0x00, 0xaa])), "");
}

/// Whatever is changed, and wherever a file ends: there is an answer.
#[test]
fn no_file_leads_to_a_panic() {
    let original = Program::x86_64().bytes();
    let interesting = (0..0x200).chain(0x1ff8..original.len());
    for at in interesting {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = original.clone();
            bytes[at] = value;
            let _ = elf::check(&bytes);
        }
        let _ = elf::check(&original[..at]);
    }
}

/// The programs of the machine's own that everybody has.
#[cfg(target_os = "linux")]
#[test]
fn programs_of_linux_are_refused() {
    let own = std::fs::read(std::env::current_exe().expect("a path")).expect("this test itself");
    let mistakes = elf::check(&own).expect_err("it is for Linux");
    assert!(mistakes.contains(&Mistake::Brand { found: own[7] }), "{mistakes:?}");
    assert!(
        mistakes
            .iter()
            .any(|mistake| matches!(mistake, Mistake::Interpreter { path } if path.contains("ld")))
    );
    let libraries = |mistake: &Mistake| matches!(mistake, Mistake::Libraries { names } if names.contains(&"libc.so.6".to_owned()));
    assert!(mistakes.iter().any(libraries), "{mistakes:?}");
    assert!(mistakes.iter().any(|mistake| matches!(mistake, Mistake::Relocations { .. })), "{mistakes:?}");
}
