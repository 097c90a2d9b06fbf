//! Definitions of any size, to measure how time grows with it.

use std::fmt::Write as _;

use crate::source::{SourceFile, Sources};

/// Types and calls in one unit of [`definition`]: about what CloudABI has.
pub const TYPES_PER_UNIT: usize = 56;
/// Calls in one unit of [`definition`].
pub const CALLS_PER_UNIT: usize = 49;

/// A correct definition with `units` times as many types and calls as CloudABI, of like shapes, one file for
/// each unit.
pub fn definition(units: usize) -> Sources {
    let mut files = vec![file("abi.yaml", ABI.to_string()), file("base.yaml", BASE.to_string())];
    files.extend((0..units).map(|unit| file(&format!("unit{unit}.yaml"), unit_text(unit))));
    Sources { files }
}

fn file(name: &str, text: String) -> SourceFile {
    SourceFile { name: name.to_string(), shown: name.to_string(), text }
}

const ABI: &str = "\
abi:
  name: synthetic
  title: Synthetic
  version: '1.0'
  doc: A definition made for measuring.
  architectures:
    x86_64: {word_bits: 64, arguments: 6, results: 2, doc: 64-bit PCs.}
    aarch64: {word_bits: 64, arguments: 6, results: 2, doc: 64-bit Arm.}
    i686: {word_bits: 32, arguments: 8, results: 2, doc: 32-bit PCs.}
    armv6: {word_bits: 32, arguments: 8, results: 2, aligned_pairs: true, doc: 32-bit Arm.}
";

const BASE: &str = "\
subsystem: base
doc: What every unit uses.
types:
  fd:
    kind: opaque
    repr: uint32
    doc: A descriptor.
  errno:
    kind: enum
    repr: uint16
    c_prefix: SYNTHETIC_E
    doc: What went wrong.
    values:
      success: {value: 0, doc: Nothing.}
      badf: {value: 8, doc: The descriptor is not open.}
      fault: {value: 21, doc: Memory is not the program's.}
      inval: {value: 28, doc: A value makes no sense.}
      notcapable: {value: 76, doc: The descriptor lacks a right.}
  rights:
    kind: flags
    repr: uint64
    c_prefix: SYNTHETIC_RIGHT_
    doc: What may be done.
    values:
      read: {value: 0x1, doc: To read.}
      write: {value: 0x2, doc: To write.}
      seek: {value: 0x4, doc: To move about.}
";

/// One unit: a quarter each of enumerations, flag sets, numbers and structures, and calls that use them.
fn unit_text(unit: usize) -> String {
    let mut text = format!("subsystem: unit{unit}\ndoc: Unit number {unit}.\n\ntypes:\n");
    for index in 0..TYPES_PER_UNIT / 4 {
        let id = format!("{unit}_{index}");
        write_types(&mut text, &id);
    }
    text.push_str("\ncalls:\n");
    for index in 0..CALLS_PER_UNIT {
        let number = unit * CALLS_PER_UNIT + index;
        write_call(&mut text, unit, index, number);
    }
    text
}

// Writing to a string cannot fail, so the results are dropped here and below.
fn write_types(text: &mut String, id: &str) {
    let upper = id.to_uppercase();
    let _ = write!(
        text,
        "  amount{id}:
    kind: alias
    repr: uint64
    doc: A quantity that calls such as [act{id}] take. It counts bytes from the start.
  mode{id}:
    kind: enum
    repr: uint8
    c_prefix: SYNTHETIC_MODE{upper}_
    doc: One of several ways.
    values:
      first: {{value: 1, doc: The first way.}}
      second: {{value: 2, doc: 'The second way; see [options{id}.quick].'}}
      third: {{value: 3, doc: The third way.}}
      fourth: {{value: 4, doc: The fourth way.}}
  options{id}:
    kind: flags
    repr: uint16
    c_prefix: SYNTHETIC_OPTIONS{upper}_
    doc: Several wishes.
    values:
      quick: {{value: 0x1, doc: As soon as possible.}}
      whole: {{value: 0x2, doc: All or nothing.}}
      quiet: {{value: 0x4, doc: Without telling others.}}
      fresh: {{value: 0x8, doc: Only what is new.}}
  record{id}:
    kind: struct
    layout: per_word_size
    padding: zeroed
    doc: What there is to know, as [act{id}] takes it.
    members:
      - {{name: amount, type: amount{id}, doc: How much.}}
      - {{name: mode, type: mode{id}, doc: In which way.}}
      - {{name: options, type: options{id}, doc: With which wishes.}}
      - {{name: data, type: \"*const void\", length: data_len, doc: Where it is.}}
      - {{name: data_len, type: size, doc: How long it is.}}
"
    );
}

fn write_call(text: &mut String, unit: usize, index: usize, number: usize) {
    let types = TYPES_PER_UNIT / 4;
    let id = format!("{unit}_{}", index % types);
    let name = if index < types { format!("act{id}") } else { format!("act{unit}_{index}") };
    let _ = write!(
        text,
        "  {name}:
    number: {number}
    blocks: true
    doc: Acts on a descriptor, in the way that [mode{id}] says, with [options{id}].
    inputs:
      - {{name: fd, type: fd, doc: What to act on.}}
      - {{name: data, type: \"*const void\", access: read, length: data_len, doc: What to act with.}}
      - {{name: data_len, type: size, doc: How long that is.}}
      - {{name: mode, type: mode{id}, doc: In which way.}}
      - {{name: options, type: options{id}, doc: With which wishes.}}
    outputs:
      - {{name: done, type: size, doc: How much was done.}}
    rights:
      - {{descriptor: fd, needs: read & write}}
      - {{descriptor: fd, when: options has whole and mode == second, needs: seek}}
    errors:
      badf: The descriptor is not open.
      fault: The memory is not the program's.
      inval: A value makes no sense.
      notcapable: The descriptor lacks a right.
"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synthetic_definition_is_correct_and_as_large_as_asked() {
        let sources = definition(2);
        let model = crate::load::load(&sources).unwrap_or_else(|d| panic!("{}", d.render(&sources, false)));
        assert_eq!(model.calls.len(), 2 * CALLS_PER_UNIT);
        assert_eq!(model.types.len(), 2 * TYPES_PER_UNIT + 3);
    }
}
