//! What every kind of change to a definition is classed as.

use cloudabi_codegen::command::{Compared, compare_locks, lock_of};
use cloudabi_codegen::load::load;
use cloudabi_codegen::lock::{Class, Lock, collect};
use cloudabi_codegen::model::Model;
use cloudabi_codegen::source::{SourceFile, Sources};

const ABI: &str = "
abi:
  name: tiny
  title: Tiny
  version: '1.0'
  doc: A definition to change.
  architectures:
    x86_64: {word_bits: 64, arguments: 6, results: 2, doc: PCs.}
    i686: {word_bits: 32, arguments: 8, results: 2, doc: Old PCs.}
tombstones:
  - {call: gone, number: 9, reason: It was a mistake.}
";

const BASE: &str = "
subsystem: base
doc: All there is.
types:
  fd: {kind: opaque, repr: uint32, doc: A descriptor.}
  errno:
    kind: enum
    repr: uint16
    c_prefix: TINY_E
    doc: What went wrong.
    values:
      success: {value: 0, doc: Nothing.}
      badf: {value: 8, doc: Not open.}
      notcapable: {value: 76, doc: A right is missing.}
  rights:
    kind: flags
    repr: uint64
    c_prefix: TINY_RIGHT_
    doc: What may be done.
    values:
      read: {value: 0x1, doc: To read.}
      seek: {value: 0x2, doc: To move about.}
  filetype:
    kind: enum
    repr: uint8
    c_prefix: TINY_FILETYPE_
    doc: What there is.
    values:
      file: {value: 1, doc: A file.}
      tape: {value: 2, doc: A tape.}
  pair:
    kind: struct
    doc: Two numbers.
    members:
      - {name: first, type: uint32, doc: The first.}
      - {name: second, type: uint32, doc: The second.}
descriptor_kinds:
  file: {doc: A file., filetypes: [file], base: [read, seek]}
  tape: {doc: A tape., filetypes: [tape], base: [read], makes: [tape]}
calls:
  measure:
    number: 3
    doc: Measures.
    blocks: false
    inputs:
      - {name: fd, type: fd, doc: What to measure.}
      - {name: pair, type: '*const pair', access: read, doc: Where.}
    outputs:
      - {name: length, type: uint64, doc: How long it is.}
    rights:
      - {descriptor: fd, needs: read & seek}
    errors:
      badf: Not open.
      notcapable: A right is missing.
";

fn model(abi: &str, base: &str) -> Model {
    let file =
        |name: &str, text: &str| SourceFile { name: name.into(), shown: name.into(), text: text.into() };
    let sources = Sources { files: vec![file("abi.yaml", abi), file("base.yaml", base)] };
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
}

fn compare(abi: &str, base: &str) -> Compared {
    compare_locks(&(lock_of(&model(ABI, BASE)), true), &(lock_of(&model(abi, base)), true))
}

/// Replaces `from` with `to` in the definition; the worst changes must be of this class and these.
#[track_caller]
fn check(from: &str, to: &str, class: Class, names: &[&str]) {
    assert!(ABI.contains(from) || BASE.contains(from), "{from:?} is in the definition");
    let compared = compare(&ABI.replacen(from, to, 1), &BASE.replacen(from, to, 1));
    let found: Vec<_> = compared
        .changes
        .iter()
        .filter(|change| change.class == class)
        .map(|change| format!("{} {}", change.kind, change.name))
        .collect();
    assert_eq!(found, names, "of class {class:?}; all changes: {:#?}", compared.changes);
    let worst = compared.changes.iter().map(|change| change.class).min();
    assert_eq!(worst, Some(class), "no change is worse: {:#?}", compared.changes);
}

#[test]
fn the_same_definition_has_no_changes() {
    assert_eq!(compare(ABI, BASE).changes, []);
}

#[test]
fn what_programs_have_compiled_in_must_not_change() {
    use Class::Breaking;
    check("number: 3", "number: 4", Breaking, &["call measure"]);
    check("type: uint64, doc: How", "type: uint32, doc: How", Breaking, &["call measure"]);
    check("value: 76", "value: 77", Breaking, &["value errno.notcapable"]);
    check("value: 0x2", "value: 0x4", Breaking, &["value rights.seek"]);
    check("repr: uint16", "repr: uint32", Breaking, &["type errno"]);
    check("kind: opaque", "kind: alias", Breaking, &["type fd"]);
    check("c_prefix: TINY_E", "c_prefix: TINY_F", Breaking, &["type errno"]);
    let moved = ["type pair", "member pair.first", "member pair.second"];
    check("type: uint32, doc: The first", "type: uint16, doc: The first", Breaking, &moved[1..2]);
    check(
        "type: uint32, doc: The second",
        "type: '[uint32; 2]', doc: The second",
        Breaking,
        &[moved[0], moved[2]],
    );
    check("{name: first, type", "{name: begin, type", Breaking, &["member pair.first"]);
    check("name: tiny", "name: small", Breaking, &["abi name"]);
    let pc = "    i686: {word_bits: 32, arguments: 8, results: 2, doc: Old PCs.}\n";
    check(pc, "", Breaking, &["abi architecture i686"]);
}

#[test]
fn what_is_gone_breaks() {
    use Class::Breaking;
    check("      success: {value: 0, doc: Nothing.}\n", "", Breaking, &["value errno.success"]);
    let calls = &BASE[BASE.find("calls:\n").expect("calls")..];
    check(calls, "", Breaking, &["call measure"]);
}

#[test]
fn a_tombstone_must_stay() {
    let without = ABI.replace("tombstones:\n  - {call: gone, number: 9, reason: It was a mistake.}\n", "");
    let compared = compare(&without, BASE);
    assert_eq!(compared.count(Class::Breaking), 1, "{:#?}", compared.changes);
}

#[test]
fn asking_for_more_rights_breaks_and_for_less_does_not() {
    check("needs: read & seek", "needs: read", Class::Additive, &["rights measure on fd"]);
    check("needs: read & seek", "needs: read | seek", Class::Breaking, &["rights measure on fd"]);
    check(
        "      - {descriptor: fd, needs: read & seek}",
        "      - {descriptor: fd, needs: read & seek}\n      - {descriptor: fd, needs: read, when: pair.first == 0}",
        Class::Breaking,
        &["rights measure on fd when pair.first == 0"],
    );
}

#[test]
fn descriptors_that_can_carry_less_break_and_more_does_not() {
    use Class::{Additive, Breaking, Textual};
    check("base: [read, seek]", "base: [seek]", Breaking, &["descriptor file base"]);
    let tape = ["descriptor tape base", "descriptor tape inheriting"];
    check("base: [read]", "base: all", Additive, &tape);
    check("makes: [tape]", "makes: [file]", Additive, &tape[1..]);
    check(", makes: [tape]", "", Breaking, &tape[1..]);
    check("filetypes: [tape]", "filetypes: [tape, file]", Additive, &["descriptor tape file types"]);
    check("doc: A file., filetypes", "doc: A thing., filetypes", Textual, &["text descriptor kind file"]);
}

#[test]
fn new_things_are_additive() {
    use Class::Additive;
    let again = "      again: {value: 6, doc: Later.}\n      badf: {value: 8";
    check("      badf: {value: 8", again, Additive, &["value errno.again"]);
    check("calls:\n", "calls:\n  rest: {number: 5, doc: Rests., blocks: false}\n", Additive, &["call rest"]);
    check("types:\n", "types:\n  count: {kind: alias, repr: uint8, doc: Many.}\n", Additive, &["type count"]);
}

#[test]
fn texts_are_only_texts() {
    use Class::Textual;
    check("doc: Measures.", "doc: Takes the measure.", Textual, &["text measure()"]);
    check("doc: To read.", "doc: To look.", Textual, &["text rights.read"]);
    let names = ["names measure", "text measure().extent", "text measure().length"];
    check("{name: length, type", "{name: extent, type", Textual, &names);
    let error = ["error measure.badf", "text measure() error badf"];
    check("      badf: Not open.\n", "", Textual, &error);
}

#[test]
fn a_lock_file_read_back_is_the_same() {
    let lock = collect(&model(ABI, BASE));
    assert_eq!(Lock::parse(&lock.to_string()), Ok(lock));
}

#[test]
fn a_damaged_lock_file_is_refused_with_its_line() {
    let error = |text: &str| Lock::parse(text).expect_err("damaged").to_string();
    insta::assert_snapshot!(error("# fine\n\ntype fd opaque"), @r"
    line 3: expected ` = ` after the name
        type fd opaque
    ");
    insta::assert_snapshot!(error("typo fd = opaque"), @r"
    line 1: unknown kind of fact at the start of the line
        typo fd = opaque
    ");
    insta::assert_snapshot!(error("type fd = opaque\ntype fd = alias"), @r"
    line 2: this fact is there twice
        type fd = alias
    ");
}
