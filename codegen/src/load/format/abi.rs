//! The format of `abi.yaml`.

use super::{Cases, DOC, Key, Map, Names, Object, Selector, Shape, optional, required};

/// `abi.yaml`
pub static ABI_FILE: Object = Object {
    what: "the file `abi.yaml`",
    doc: "What the ABI as a whole is, and what is gone from it.",
    keys: &[
        required("abi", Shape::Object(&ABI), "The ABI as a whole."),
        optional(
            "tombstones",
            Shape::ListOrEmpty(&Shape::Cases(&TOMBSTONE)),
            "Names and numbers that are gone or reserved. They must not be used (again).",
        ),
    ],
};

static ABI: Object = Object {
    what: "the ABI",
    doc: "The ABI as a whole.",
    keys: &[
        required("name", Shape::Name(Names::Snake), "Starts every generated name and file name."),
        required("title", Shape::Text, "The name as prose writes it."),
        required("version", Shape::Text, "Version of the definition, MAJOR.MINOR, in quotes."),
        optional(
            "license",
            Shape::Text,
            "Licence of what is generated, as an SPDX expression such as `BSD-2-Clause`. Generated files say it.",
        ),
        DOC,
        required(
            "architectures",
            Shape::Map(&ARCHITECTURES),
            "The processors that programs are compiled for, and how they carry a call's arguments.",
        ),
    ],
};

static ARCHITECTURES: Map =
    Map { what: "architecture", names: Names::Snake, defines: true, entry: Shape::Object(&ARCHITECTURE) };

static ARCHITECTURE: Object = Object {
    what: "an architecture",
    doc: "A processor that programs are compiled for.",
    keys: &[
        required(
            "word_bits",
            Shape::Word(&[("32", "Pointers have 32 bits."), ("64", "Pointers have 64 bits.")]),
            "Width of pointers and sizes in bits.",
        ),
        required(
            "arguments",
            Shape::Integer(0, 64),
            "How many argument slots, each one word wide, a system call can carry into the kernel.",
        ),
        required("results", Shape::Integer(0, 64), "How many result slots a system call can carry back."),
        optional(
            "aligned_pairs",
            Shape::Boolean,
            "Whether a 64-bit argument on a 32-bit machine begins at an even slot.",
        ),
        DOC,
    ],
};

static TOMBSTONE: Cases = Cases {
    what: "a tombstone",
    by: Selector::FirstKey,
    cases: &[
        Object {
            what: "a call's tombstone",
            doc: "A call that is gone, or a name that is reserved for one.",
            keys: &[
                required("call", Shape::Name(Names::Snake), "The name that must not be used."),
                optional("number", CALL_NUMBER, "The number that must not be used."),
                REASON,
            ],
        },
        Object {
            what: "a call number's tombstone",
            doc: "A number that no call may have.",
            keys: &[required("call_number", CALL_NUMBER, "The number that must not be used."), REASON],
        },
        Object {
            what: "a type's tombstone",
            doc: "A type that is gone, or a name that is reserved for one.",
            keys: &[required("type", Shape::Name(Names::Snake), "The name that must not be used."), REASON],
        },
        Object {
            what: "a value's tombstone",
            doc: "A value that is gone, or a name that is reserved for one.",
            keys: &[
                required("value", Shape::Name(Names::Value), "The name that must not be used: TYPE.VALUE."),
                optional(
                    "number",
                    Shape::Integer(i64::MIN as i128, u64::MAX as i128),
                    "The number that no other value of the type may have.",
                ),
                REASON,
            ],
        },
    ],
};

const REASON: Key = required("reason", Shape::Text, "Why it is gone or reserved.");

/// A call's number.
pub(super) const CALL_NUMBER: Shape = Shape::Integer(0, u16::MAX as i128);
