//! Calls as the tracer prints them.

use cloudabi_host::decode::{Limits, Outcome, Printed, ReadMemory, Record, TABLES, WordSize, call};
use proptest::prelude::*;

/// Memory that begins here.
const BASE: u64 = 0x1000;

/// Memory made of pieces, and where each of them went.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
}

impl Memory {
    /// Adds bytes, aligned to 8, and gives their address.
    fn put(&mut self, bytes: &[u8]) -> u64 {
        let at = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(at, 0xee);
        self.bytes.extend(bytes);
        BASE + at as u64
    }

    /// Adds words of this size.
    fn words(&mut self, size: WordSize, words: &[u64]) -> u64 {
        let mut bytes = Vec::new();
        for word in words {
            match size {
                WordSize::Bits32 => bytes.extend((*word as u32).to_le_bytes()),
                WordSize::Bits64 => bytes.extend(word.to_le_bytes()),
            }
        }
        self.put(&bytes)
    }
}

impl ReadMemory for Memory {
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        (BASE, self.bytes.as_slice()).read(address, into)
    }
}

fn number(name: &str) -> u32 {
    TABLES.calls.iter().find(|call| call.name == name).unwrap().number
}

fn error(name: &str) -> Outcome {
    let cloudabi_host::decode::tables::Kind::Number { values, .. } = TABLES.types[TABLES.errno.unwrap()].kind
    else {
        panic!("no numbers");
    };
    Outcome::Returned(values.iter().find(|value| value.name == name).unwrap().value)
}

const SUCCESS: Outcome = Outcome::Returned(0);

/// Checks how a call of a 64-bit program is printed.
#[track_caller]
fn check(memory: &Memory, name: &str, arguments: &[u64], outcome: Outcome, expected: &str) {
    check_words(WordSize::Bits64, memory, name, arguments, outcome, expected);
}

#[track_caller]
fn check_words(
    words: WordSize,
    memory: &Memory,
    name: &str,
    arguments: &[u64],
    outcome: Outcome,
    expected: &str,
) {
    let record = Record { number: number(name), arguments, outcome };
    let printed = call(memory, words, &record).to_string();
    // What an error means is prose of the definition, which may change.
    let printed = match printed.split_once(": ") {
        Some((start, _)) if start.rsplit(' ').next().is_some_and(|last| last.starts_with('(')) => {
            format!("{start})")
        }
        _ => printed,
    };
    assert_eq!(printed, expected);
}

#[test]
fn results_and_errors() {
    let mut memory = Memory::default();
    let nread = memory.words(WordSize::Bits64, &[5]);
    let iovs = memory.words(WordSize::Bits64, &[0x7000, 12]);
    check(
        &memory,
        "fd_read",
        &[3, iovs, 1, nread],
        SUCCESS,
        "fd_read(3, [{buf=0x7000, buf_len=12}], 1) = 0, nread=5",
    );
    check(
        &memory,
        "fd_read",
        &[3, iovs, 1, nread],
        error("badf"),
        "fd_read(3, [{buf=0x7000, buf_len=12}], 1) = badf (8)",
    );
    check(&memory, "fd_close", &[3], Outcome::Returned(999), "fd_close(3) = 999");
    check(&memory, "proc_exit", &[7], Outcome::Pending, "proc_exit(7) = ?");
    check(&memory, "fd_dup", &[3, 0], SUCCESS, "fd_dup(3) = 0, fd=null");
}

#[test]
fn what_was_read_is_shown_as_far_as_it_goes() {
    let mut memory = Memory::default();
    let first = memory.put(b"abcd");
    let second = memory.put(b"efgh");
    let iovs = memory.words(WordSize::Bits64, &[first, 4, second, 4, second, 4]);
    let nread = memory.words(WordSize::Bits64, &[6]);
    check(
        &memory,
        "fd_pread",
        &[3, iovs, 3, 100, nread],
        SUCCESS,
        "fd_pread(3, [{buf=\"abcd\", buf_len=4}, {buf=\"ef\", buf_len=4}, {buf=\"\", buf_len=4}], 3, 100) = 0, nread=6",
    );
    check(
        &memory,
        "fd_read",
        &[3, iovs, 1, nread],
        error("again"),
        &format!("fd_read(3, [{{buf={first:#x}, buf_len=4}}], 1) = again (6)"),
    );
}

/// A message of two pieces, and two descriptors of which there is room for three.
#[test]
fn what_was_received_is_shown_as_far_as_it_goes() {
    for words in [WordSize::Bits32, WordSize::Bits64] {
        let mut memory = Memory::default();
        let first = memory.put(b"abcd");
        let second = memory.put(b"efgh");
        let pieces = memory.words(words, &[first, 4, second, 4]);
        let fds = memory.put(&[7_u32, 9, 77].map(u32::to_le_bytes).concat());
        let input = memory.words(words, &[pieces, 2, fds, 3, 0x10]);
        let mut output = vec![0_u8; 64];
        let size = if words == WordSize::Bits32 { 4 } else { 8 };
        output[0] = 6;
        output[size] = 2;
        output[2 * size + 40] = 1;
        let output = memory.put(&output);
        let arguments = [3, input, output];
        check_words(
            words,
            &memory,
            "sock_recv",
            &arguments,
            SUCCESS,
            "sock_recv(3, {ri_data=[{buf=\"abcd\", buf_len=4}, {buf=\"ef\", buf_len=4}], ri_data_len=2, ri_fds=[7, 9], \
             ri_fds_len=3, ri_flags=waitall}, {ro_datalen=6, ro_fdslen=2, ro_flags=fds_truncated}) = 0",
        );
        let nothing = format!(
            "sock_recv(3, {{ri_data=[{{buf={first:#x}, buf_len=4}}, {{buf={second:#x}, buf_len=4}}], ri_data_len=2, \
             ri_fds={fds:#x}, ri_fds_len=3, ri_flags=waitall}}, {output:#x}) = again (6)"
        );
        check_words(words, &memory, "sock_recv", &arguments, error("again"), &nothing);
    }
}

/// What the parts are together is the whole, whatever the call does with its arguments.
#[test]
fn a_call_has_two_parts() {
    let mut memory = Memory::default();
    let text = memory.put(b"some text");
    let number = memory.words(WordSize::Bits64, &[4]);
    for known in TABLES.calls {
        for outcome in [SUCCESS, error("inval"), Outcome::Pending, Outcome::Unknown] {
            let arguments = [3, text, number, number, text, 5, number, number];
            let record = Record { number: known.number, arguments: &arguments, outcome };
            let printed = call(&memory, WordSize::Bits64, &record);
            let (beginning, rest) = (printed.beginning().to_string(), printed.rest().to_string());
            assert_eq!(format!("{beginning}{rest}"), printed.to_string());
            assert!(beginning.starts_with(&format!("{}(", known.name)) && rest.contains(')'));
        }
    }
    let beginning = |name: &str| {
        let record = Record {
            number: self::number(name),
            arguments: &[3, text, 4, number, 9, number],
            outcome: SUCCESS,
        };
        call(&memory, WordSize::Bits64, &record).beginning().to_string()
    };
    assert_eq!(beginning("file_readlink"), "file_readlink(3, \"some\", 4");
    assert_eq!(beginning("fd_read"), "fd_read(3");
    assert_eq!(beginning("sock_recv"), "sock_recv(3");
    assert!(beginning("sock_send").starts_with("sock_send(3, "));
    let record = Record { number: 9999, arguments: &[1], outcome: Outcome::Unknown };
    let printed = call(&memory, WordSize::Bits64, &record);
    assert_eq!(
        (printed.beginning().to_string(), printed.rest().to_string()),
        ("call_9999(0x1".into(), ")".into())
    );
}

#[test]
fn the_meaning_of_an_error_is_told() {
    let record = Record { number: number("fd_close"), arguments: &[3], outcome: error("badf") };
    let text = call(&(), WordSize::Bits64, &record).to_string();
    assert!(text.starts_with("fd_close(3) = badf (8: ") && text.ends_with(')') && text.len() > 30, "{text}");
}

#[test]
fn paths_flags_rights_and_structures() {
    let mut memory = Memory::default();
    let path = memory.put(b"a \"b\"\\\n\0\xff");
    let mut stat = vec![0u8; 24];
    stat[0] = 0x60;
    stat[2] = 0x11;
    stat[8..16].copy_from_slice(&0x8000_0000_0000_0006u64.to_le_bytes());
    let stat = memory.put(&stat);
    let fd = memory.put(&9u32.to_le_bytes());
    let lookup = 3 | 1 << 32;
    check(
        &memory,
        "file_open",
        &[lookup, path, 9, 0x45, stat, fd],
        SUCCESS,
        concat!(
            r#"file_open({fd=3, flags=symlink_follow}, "a \"b\"\\\n\0\xff", 9, creat|excl|0x40, "#,
            "{fs_filetype=regular_file, fs_flags=append|sync, fs_rights_base=fd_read|fd_seek|0x8000000000000000, ",
            "fs_rights_inheriting=0}) = 0, fd=9"
        ),
    );
}

#[test]
fn most_of_all_rights_are_printed_as_what_is_lacking() {
    let rights = |bits: u64| {
        let mut memory = Memory::default();
        let mut stat = vec![0u8; 24];
        stat[8..16].copy_from_slice(&bits.to_le_bytes());
        let stat = memory.put(&stat);
        let record =
            Record { number: number("fd_stat_put"), arguments: &[3, stat, 2], outcome: Outcome::Pending };
        let text = call(&memory, WordSize::Bits64, &record).to_string();
        let (_, rest) = text.split_once("fs_rights_base=").unwrap();
        rest.split_once(',').unwrap().0.to_string()
    };
    let all = all_rights();
    assert_eq!(rights(all), "all");
    assert_eq!(rights(all & !2), "all-fd_read");
    assert_eq!(rights(all & !6), "all-(fd_read|fd_seek)");
    assert_eq!(rights(u64::MAX), format!("all|{:#x}", !all));
}

fn all_rights() -> u64 {
    let rights = TABLES.types.iter().find(|ty| ty.name == "rights").unwrap();
    let cloudabi_host::decode::tables::Kind::Number { values, .. } = rights.kind else {
        panic!("no numbers")
    };
    values.iter().fold(0, |all, value| all | value.value)
}

#[test]
fn written_buffers_are_printed_after_success_as_far_as_filled() {
    let mut memory = Memory::default();
    let path = memory.put(b"link");
    let buffer = memory.put(b"targetXXXX");
    let used = memory.words(WordSize::Bits64, &[6]);
    let arguments = [3, path, 4, buffer, 10, used];
    check(
        &memory,
        "file_readlink",
        &arguments,
        SUCCESS,
        r#"file_readlink(3, "link", 4, "target", 10) = 0, bufused=6"#,
    );
    let failed = format!(r#"file_readlink(3, "link", 4, {buffer:#x}, 10) = noent (44)"#);
    check(&memory, "file_readlink", &arguments, error("noent"), &failed);
}

#[test]
fn a_written_structure_is_printed_after_success() {
    let mut memory = Memory::default();
    let mut stat = [0u8; 24];
    stat[0] = 0x20;
    let stat = memory.put(&stat);
    let printed = concat!(
        "fd_stat_get(3, {fs_filetype=directory, fs_flags=0, fs_rights_base=0, ",
        "fs_rights_inheriting=0}) = 0"
    );
    check(&memory, "fd_stat_get", &[3, stat], SUCCESS, printed);
    check(&memory, "fd_stat_get", &[3, stat], Outcome::Pending, &format!("fd_stat_get(3, {stat:#x}) = ?"));
}

#[test]
fn variants_are_read_as_their_tag_says_for_both_word_sizes() {
    let mut memory = Memory::default();
    let mut subscription = vec![0u8; 56];
    subscription[0] = 7;
    subscription[10] = 1;
    subscription[24] = 1;
    subscription[32..36].copy_from_slice(&1000u32.to_le_bytes());
    let mut unknown = vec![0u8; 56];
    unknown[10] = 99;
    subscription.extend(&unknown);
    let at = memory.put(&subscription);
    let expected = concat!(
        "poll([{userdata=7, unused=0, type=clock, clock={identifier=0, clock_id=monotonic, timeout=1000, ",
        "precision=0, flags=0}}, {userdata=0, unused=0, type=99}], 0x10, 2) = ?"
    );
    for words in [WordSize::Bits32, WordSize::Bits64] {
        check_words(words, &memory, "poll", &[at, 0x10, 2, 0x20], Outcome::Pending, expected);
    }
}

#[test]
fn pointers_within_structures_are_followed_for_both_word_sizes() {
    for words in [WordSize::Bits32, WordSize::Bits64] {
        let mut memory = Memory::default();
        let text = memory.put(b"hello");
        let iovs = memory.words(words, &[text, 5, 0, 0]);
        // The upper half of a 32-bit program's slot means nothing.
        let dirt = if words == WordSize::Bits32 { 0xdead_beef << 32 } else { 0 };
        check_words(
            words,
            &memory,
            "fd_write",
            &[4, iovs | dirt, 2, 0],
            Outcome::Pending,
            r#"fd_write(4, [{buf="hello", buf_len=5}, {buf="", buf_len=0}], 2) = ?"#,
        );
    }
}

#[test]
fn what_cannot_be_read_is_an_address() {
    let mut memory = Memory::default();
    let end = memory.words(WordSize::Bits64, &[0x9000, 3]);
    check(&memory, "file_unlink", &[3, 0x9000, 4, 0], Outcome::Pending, "file_unlink(3, 0x9000, 4, 0) = ?");
    let cut = format!("fd_write(3, [{{buf=0x9000, buf_len=3}}, {:#x}], 2) = ?", end + 16);
    check(&memory, "fd_write", &[3, end, 2, 0], Outcome::Pending, &cut);
    check(&memory, "fd_write", &[3, end], Outcome::Pending, &format!("fd_write(3, {end:#x}, ?) = ?"));
}

#[test]
fn long_buffers_and_arrays_are_cut() {
    let mut memory = Memory::default();
    let text = memory.put(&[b'a'; 100]);
    let limits = Limits { bytes: 8, elements: 2, values: 1000 };
    let printed = |name: &str, arguments: &[u64]| {
        let record = Record { number: number(name), arguments, outcome: Outcome::Pending };
        Printed { tables: &TABLES, memory: &memory, words: WordSize::Bits64, record: &record, limits }
            .to_string()
    };
    assert_eq!(printed("file_unlink", &[3, text, 100, 0]), r#"file_unlink(3, "aaaaaaaa"..., 100, 0) = ?"#);
    let fds = printed("proc_exec", &[3, 0, 0, text, 9]);
    assert_eq!(fds, r#"proc_exec(3, "", 0, [1633771873, 1633771873, ...], 9) = ?"#);
}

#[test]
fn a_buffer_that_ends_early_is_printed_up_to_its_end() {
    let mut memory = Memory::default();
    let text = memory.put(b"abc");
    check(
        &memory,
        "file_unlink",
        &[3, text, 40, 0],
        Outcome::Pending,
        r#"file_unlink(3, "abc"..., 40, 0) = ?"#,
    );
}

#[test]
fn unknown_calls_are_numbers() {
    let record = Record { number: 5000, arguments: &[1, 0xff], outcome: error("nosys") };
    let text = call(&(), WordSize::Bits64, &record).to_string();
    assert!(text.starts_with("call_5000(0x1, 0xff) = nosys (52"), "{text}");
}

proptest! {
    /// Anything at all is printed, without a panic and in bounded length.
    #[test]
    fn any_call_is_printed(
        number in 0u32..60,
        arguments in prop::collection::vec(
            prop_oneof![any::<u64>(), BASE..BASE + 300, 0u64..40, u64::MAX - 300..=u64::MAX],
            0..9,
        ),
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0u8), Just(0x10u8)], 0..300),
        high in any::<bool>(),
        wide in any::<bool>(),
        outcome in prop_oneof![Just(SUCCESS), Just(Outcome::Pending), any::<u64>().prop_map(Outcome::Returned)],
    ) {
        // Memory at the very end of the address space as well.
        let base = if high { u64::MAX - 290 } else { BASE };
        let words = if wide { WordSize::Bits64 } else { WordSize::Bits32 };
        let record = Record { number, arguments: &arguments, outcome };
        let memory = (base, bytes.as_slice());
        let text = call(&memory, words, &record).to_string();
        prop_assert!(text.contains('(') && text.len() < 200_000);
    }
}
